"""One server in test mode and one Chromium for all page tests; each test has a browser profile of its own.

Both end with this folder: the browser's driver keeps the thread's event loop, which other tests need.
"""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, Page

from tests.signin.browser import running_chromium, visit
from tests.signin.client_site import ClientSite, running_client_site
from tests.signin.portal_walk import TRIED
from tests.signin.walks import Walked, walked_through
from tests.wire.server import Server, running_server


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pages")
    with running_server(folder, options=("--test",), environment=TRIED) as running:
        yield running


@pytest.fixture(scope="package")
def chromium(server: Server) -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def walked(chromium: Browser, server: Server) -> Callable[[str], Walked]:
    """The walk in a language, made once for all that is looked at on it."""
    return cache(lambda language: walked_through(chromium, server, language))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with visit(chromium) as opened:
        yield opened


@pytest.fixture(scope="package")
def client_site() -> Iterator[ClientSite]:
    with running_client_site() as running:
        yield running
