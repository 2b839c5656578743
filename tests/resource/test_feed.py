"""The revocation feed: one process revokes, another refuses within a second; and what holds while the feed is cut."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from satsuma.testing import Api, Application, SatsumaServer, running
from satsuma_client.http.clock import Moment, system_clock
from satsuma_client.http.transport import ByUrllib, HttpRequest, HttpResponse, Unreachable
from satsuma_client.protocol.basic import authorization_header
from satsuma_client.protocol.revocation_feed import digest_of
from satsuma_client.resource import Refused, ResourceServer
from tests.wire.server import wait_until


class Wire:
    """Exchanges, counts what was asked, and can be cut at either end; its clock runs ahead."""

    def __init__(self) -> None:
        self._sending = ByUrllib()
        self.introspected = 0
        self.pages = 0
        self.cut: tuple[str, ...] = ()
        self.ahead = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.introspected += request.url.endswith("/introspect")
        if any(each in request.url for each in self.cut):
            raise Unreachable("cut")
        answer = self._sending(request)
        if any(each in request.url for each in self.cut):
            raise Unreachable("cut while it was waited for")
        self.pages += "/feed" in request.url
        return answer

    def clock(self) -> Moment:
        now = system_clock()
        return Moment(now.wall, now.monotonic + self.ahead)


@pytest.fixture(scope="module")
def platform() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def api(platform: SatsumaServer) -> Api:
    return platform.api("shops", ["shops:read"])


@pytest.fixture(scope="module")
def application(platform: SatsumaServer, api: Api) -> Application:
    return platform.application(apis=[api])


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def resource(platform: SatsumaServer, api: Api, wire: Wire) -> ResourceServer:
    return ResourceServer(
        platform.issuer().url, api.url, client_id=api.resource_id, client_secret=api.resource_secret,
        transport=wire, clock=wire.clock,
    )  # fmt: skip


def is_refused(resource: ResourceServer, token: str, status: str = "401") -> bool:
    try:
        resource.verify(token)
    except Refused as refused:
        assert str(refused.status) == status
        return True
    return False


def fed(resource: ResourceServer, wire: Wire, token: str) -> int:
    """Verify until the feed is heard and the answer is kept beyond its second; give how often was asked."""
    resource.verify(token)
    wait_until(lambda: wire.pages > 0, 10, lambda: "no page of the feed")
    wire.ahead += 1.5
    resource.verify(token)
    asked = wire.introspected
    wire.ahead += 1.5
    resource.verify(token)
    assert wire.introspected == asked
    return asked


def test_a_revoked_token_is_refused_within_a_second_and_others_are_not_asked_about(
    platform: SatsumaServer,
    api: Api,
    application: Application,
    resource: ResourceServer,
    wire: Wire,
) -> None:
    token = platform.token(application, resource=api.url).access_token
    fed(resource, wire, token)
    other = platform.token(application, resource=api.url).access_token
    resource.verify(other)
    asked = wire.introspected
    platform.revoke(token)
    revoked = time.monotonic()
    wait_until(lambda: is_refused(resource, token), 5, lambda: "still good")
    assert time.monotonic() - revoked < 1.0
    wire.ahead += 1.5
    resource.verify(other)
    assert wire.introspected == asked + 1


def test_a_feed_that_is_cut_has_each_token_introspected_again_and_nobody_let_through_unasked(
    platform: SatsumaServer,
    api: Api,
    application: Application,
    resource: ResourceServer,
    wire: Wire,
) -> None:
    token = platform.token(application, resource=api.url).access_token
    asked = fed(resource, wire, token)
    wire.cut = ("/feed",)
    wire.ahead += 30
    resource.verify(token)
    assert wire.introspected == asked + 1
    wire.cut = ("/feed", "/introspect")
    wire.ahead += 1.5
    assert is_refused(resource, token, "503")
    platform.revoke(token)
    wire.cut = ()
    assert is_refused(resource, token)


def test_a_page_that_fails_ends_the_keeping_at_once(
    platform: SatsumaServer,
    api: Api,
    application: Application,
    resource: ResourceServer,
    wire: Wire,
) -> None:
    token = platform.token(application, resource=api.url).access_token
    asked = fed(resource, wire, token)
    wire.cut = ("/feed",)
    other = platform.token(platform.application(apis=[api]), resource=api.url).access_token
    platform.revoke(other)  # the page that waits comes to its end, and is lost

    def is_asked_again() -> bool:
        resource.verify(token)
        return wire.introspected > asked

    wait_until(is_asked_again, 8, lambda: "the feed still counts as heard")


@pytest.mark.parametrize("how", ["secret", "person", "blocked application"])
def test_whatever_ends_a_token_is_told(
    platform: SatsumaServer, api: Api, resource: ResourceServer, wire: Wire, how: str
) -> None:
    mine = platform.application(apis=[api], redirect_uris=["http://127.0.0.1/callback"])
    if how == "person":
        scope = "openid offline_access shops:read"
        got = platform.login_as(platform.user(), mine, scope=scope, resource=api.url)
        token, ending = got.access_token, got.refresh_token
    else:
        token, ending = platform.token(mine, resource=api.url).access_token, None
    fed(resource, wire, token)
    if how == "person":
        assert ending is not None
        platform.revoke(ending)
    else:
        from satsuma.management.applications import renew_secret, set_state

        context = platform._live.context
        platform._run(
            renew_secret(context, mine.client_id, tokens=True)
            if how == "secret"
            else set_state(context, mine.client_id, "blocked")
        )
    began = time.monotonic()
    wait_until(lambda: is_refused(resource, token), 5, lambda: "still good")
    assert time.monotonic() - began < 1.0


def test_a_fork_follows_the_feed_itself(
    platform: SatsumaServer,
    api: Api,
    application: Application,
    resource: ResourceServer,
    wire: Wire,
) -> None:
    token = platform.token(application, resource=api.url).access_token
    fed(resource, wire, token)
    child = os.fork()
    if not child:
        code = 1
        try:
            wire.pages = 0
            fed(resource, wire, token)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def test_without_the_feed_an_answer_is_used_for_a_second(
    platform: SatsumaServer, api: Api, application: Application, wire: Wire
) -> None:
    alone = ResourceServer(
        platform.issuer().url, api.url, client_id=api.resource_id, client_secret=api.resource_secret,
        transport=wire, clock=wire.clock, follow_feed=False,
    )  # fmt: skip
    token = platform.token(application, resource=api.url).access_token
    for asked in (1, 2):
        alone.verify(token)
        assert wire.introspected == asked
        wire.ahead += 1.01
    assert wire.pages == 0


def page(platform: SatsumaServer, authorization: str | None, query: str = "") -> tuple[int, Any]:
    fields = {} if authorization is None else {"Authorization": authorization}
    request = urllib.request.Request(f"{platform.url}/feed{query}", headers=fields)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_the_pages_are_numbered_and_hold_digests(
    platform: SatsumaServer, api: Api, application: Application
) -> None:
    own = authorization_header(api.resource_id, api.resource_secret)
    status, first = page(platform, own)
    assert (status, first["reset"], first["revoked"]) == (200, True, [])
    began = time.monotonic()
    _, nothing = page(platform, own, f"?after={first['next']}&wait=1")
    assert nothing == {"next": first["next"], "reset": False, "revoked": []}
    assert time.monotonic() - began > 0.9
    token = platform.token(application, resource=api.url).access_token
    asked = platform.issuer().introspection_url
    form = f"token={token}".encode()
    request = urllib.request.Request(
        asked, form, {"Authorization": own, "Content-Type": "application/x-www-form-urlencoded"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        told = json.loads(answer.read())
    platform.revoke(token)
    _, after = page(platform, own, f"?after={first['next']}&wait=5")
    assert after["revoked"] == [digest_of("token", told["jti"])]
    assert after["next"] > first["next"]
    _, ahead = page(platform, own, f"?after={after['next'] + 1000}")
    assert (ahead["reset"], ahead["next"]) == (True, after["next"])
