"""What a hot request costs, in calls of Python functions: the number that a machine's mood does not move."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from satsuma.app.platform import Platform
from satsuma.app.serving import opened_platform
from satsuma.app.settings import load_settings
from satsuma.domain.accounts import Account
from satsuma.http.messages import Answer, Later, Request
from satsuma.management.accounts import create_account
from satsuma.management.applications import create_application

OWNER = "owner@satsuma.example"
FORM = (b"content-type", b"application/x-www-form-urlencoded")
JSON = (b"accept", b"application/json")
CLIENT_CREDENTIALS = b"grant_type=client_credentials"
EXPECTED = {
    "token of /oauth/v3, by a known header": 34,
    "token of the standard issuer, by a known header": 35,
    "introspection of a known token": 15,
}


def calls_of(work: Callable[[], Any]) -> int:
    """Count the Python functions that are called; work in C counts nothing."""
    count = -1  # the call of `work` itself

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        if event == "call":
            count += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


async def answered(platform: Platform, path: bytes, header: bytes, body: bytes) -> Answer:
    answer = platform.table.routes[path].endpoint(a_request(path, header, body))
    return await answer.work if isinstance(answer, Later) else answer


def a_request(path: bytes, header: bytes, body: bytes) -> Request:
    fields = [FORM, JSON, (b"authorization", header)]
    return Request(b"POST", path, b"", fields, body, "127.0.0.1", "0" * 24)


async def counted(platform: Platform) -> dict[str, int]:
    context = platform.management("test")
    owner: Account = await create_account(context, OWNER)
    made = await create_application(context, "Application", owner.email)
    assert made.authorization_header is not None
    header = made.authorization_header.reveal().encode()
    for path in (b"/oauth/v3/token", b"/token") * 2:
        given = await answered(platform, path, header, CLIENT_CREDENTIALS)
        assert given.block.status == 200
    token = b"token=" + given.body.split(b'"access_token":"')[1].split(b'"')[0]
    for _ in range(3):
        seen = await answered(platform, b"/introspect", header, token)
        assert b'"active":true' in seen.body
    asked = (
        (b"/oauth/v3/token", CLIENT_CREDENTIALS),
        (b"/token", CLIENT_CREDENTIALS),
        (b"/introspect", token),
    )
    found = []
    for path, body in asked:
        endpoint, request = platform.table.routes[path].endpoint, a_request(path, header, body)
        found.append(calls_of(lambda endpoint=endpoint, request=request: endpoint(request)))
    return dict(zip(EXPECTED, found, strict=True))


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    database = f"sqlite:///{tmp_path_factory.mktemp('calls') / 'satsuma.db'}"
    settings = load_settings(None, {}, {"database": database})

    async def run() -> dict[str, int]:
        async with opened_platform(settings, structlog.get_logger(), None) as platform:
            return await counted(platform)

    return asyncio.run(run())


@pytest.mark.parametrize("what", EXPECTED)
def test_a_hot_request_makes_no_call_more(counts: dict[str, int], what: str) -> None:
    assert counts[what] == EXPECTED[what]
