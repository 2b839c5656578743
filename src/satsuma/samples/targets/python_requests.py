"""Python with requests."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import python
from satsuma.samples.writing import basic_of, bearer_of

_VERSION: Final = "2.34.2"

_ONE: Final = """\
import os
import sys

import requests


«setting»


response = requests.request(
    «method»,
    «url»,
    headers={
        «headers»
    },
    «auth»
    «data»
    allow_redirects=False,
    timeout=20,
)
if response.status_code // 100 != 2:
    print(f"HTTP {response.status_code}: {response.text}", file=sys.stderr)
    sys.exit(1)
print(response.text)
"""

_ROBUST: Final = """\
import json
import os
import sys

import requests


«setting»


«bearer»
arguments = dict(
    headers={
        «headers»
    },
    «auth»
    «data»
    allow_redirects=False,
    timeout=(5, 20),
)
try:
    response = requests.request(
        «method»,
        «url»,
        **arguments,
    )
    status = response.status_code
    «parsed»
except requests.RequestException as error:
    print(f"No whole answer: {type(error).__name__}", file=sys.stderr)
    sys.exit(3)
except ValueError:
    print("The answer is not JSON", file=sys.stderr)
    sys.exit(3)
«refused»
print(response.text)
"""

_BEARER: Final = """\
class Bearer(requests.auth.AuthBase):
    # As auth, not as a header: a .netrc with this host would replace a header.
    def __call__(self, request):
        request.headers["Authorization"] = "Bearer " + «token»
        return request


"""


def _one_request(request: Request) -> str:
    return fill(
        _ONE,
        setting=python.SETTING,
        method=python.WORDS(request.method),
        url=python.WORDS(request.url),
        headers=python.header_lines(request),
        auth=_auth(request),
        data=python.form_lines(request, "data="),
    )


def _robust(request: Request) -> str:
    return fill(
        _ROBUST,
        setting=python.SETTING,
        bearer=_bearer(request),
        method=python.WORDS(request.method),
        url=python.WORDS(request.url),
        headers=python.header_lines(request, bearer=False),
        auth=["auth=Bearer(),"] if bearer_of(request) else _auth(request),
        data=python.form_lines(request, "data="),
        parsed=python.parsed(request, "response.text"),
        refused=python.REFUSED,
    )


def _bearer(request: Request) -> list[str]:
    bearer = bearer_of(request)
    return [] if bearer is None else fill(_BEARER, token=python.WORDS(bearer.token)).splitlines()


def _auth(request: Request) -> list[str]:
    basic = basic_of(request)
    if basic is None:
        return []
    return [f"auth=({python.WORDS(basic.client_id)}, {python.WORDS(basic.secret)}),"]


TARGET: Final = Target(
    slug="python-requests",
    language="python",
    label="Python: requests",
    recommended=False,
    why="Where your program has requests already. It has no timeout unless you say one.",
    file_name="sample.py",
    install=f"pip install requests=={_VERSION}",
    run="python3 sample.py",
    one_request=_one_request,
    robust=_robust,
    versions={"requests": _VERSION},
)
