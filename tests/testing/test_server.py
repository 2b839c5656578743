"""What a test gets from its server: the real platform, and what it registers there."""

import asyncio
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from satsuma.management.context import NotPossible
from satsuma.testing import Refused, SatsumaServer, running
from tests.testing.caller import call, call_api, get_token, is_active, post

CALLBACK = "https://client.example/callback"


def test_an_application_gets_a_token_and_calls_an_api(satsuma_server: SatsumaServer) -> None:
    things = satsuma_server.api("things", scopes=["things:read"])
    application = satsuma_server.application(apis=[things])
    token = get_token(satsuma_server, application).json["access_token"]
    told = call_api(f"{things.url}/one?size=2", token).json
    assert (told["method"], told["path"], told["query"]) == ("GET", "/one", "size=2")
    assert told["headers"]["x-satsuma-client-id"] == application.client_id
    assert told["headers"]["x-satsuma-scope"] == "things:read"


@pytest.mark.parametrize("issuer", ["standard", "orange-m2m"])
def test_shops_are_there_by_one_line(satsuma_server: SatsumaServer, issuer: str) -> None:
    shops = satsuma_server.shops()
    application = satsuma_server.application(apis=[shops])
    token = get_token(satsuma_server, application, issuer).json["access_token"]
    assert call_api(f"{shops.url}/shops?postalCode=35400", token).json["total"] == 2


def test_every_address_of_an_issuer_is_served(satsuma_server: SatsumaServer) -> None:
    for name, issuer in satsuma_server.issuers.items():
        metadata = call(issuer.metadata_url).json
        assert metadata["issuer"] == issuer.url
        assert metadata["token_endpoint"] == issuer.token_url
        assert metadata["jwks_uri"] == issuer.jwks_url
        assert metadata["introspection_endpoint"] == issuer.introspection_url
        assert metadata["revocation_endpoint"] == issuer.revocation_url
        assert metadata.get("authorization_endpoint", "") == issuer.authorize_url, name
        assert metadata.get("userinfo_endpoint", "") == issuer.userinfo_url
        assert metadata.get("end_session_endpoint", "") == issuer.end_session_url
        if issuer.discovery_url:
            assert call(issuer.discovery_url).json == metadata
    assert set(satsuma_server.issuers) == {"standard", "orange-m2m", "orange-u2m"}


@pytest.mark.parametrize("issuer", ["standard", "orange-u2m"])
@pytest.mark.parametrize("public", [False, True])
def test_a_user_logs_in_without_a_browser(
    satsuma_server: SatsumaServer, issuer: str, public: bool
) -> None:
    user = satsuma_server.user("ada@people.example")
    application = satsuma_server.application(redirect_uris=[CALLBACK], public=public)
    scope = "openid email offline_access"
    tokens = satsuma_server.login_as(user, application, scope=scope, issuer=issuer, nonce="n-1")
    at = satsuma_server.issuer(issuer)
    assert call_api(at.userinfo_url, tokens.access_token).json["email"] == user.email
    assert tokens.id_token.count(".") == 2
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
    form |= {"client_id": application.client_id} if public else {}
    refreshed = post(at.token_url, form, application.authorization_header)
    assert refreshed.status == 200, refreshed.body


def test_an_authorization_url_is_followed_as_a_browser_would(satsuma_server: SatsumaServer) -> None:
    user = satsuma_server.user()
    application = satsuma_server.application(redirect_uris=[CALLBACK])
    asked = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "s t/a&te",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    url = f"{satsuma_server.issuer().authorize_url}?"
    ended = satsuma_server.authorize(url + urllib.parse.urlencode(asked), user)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(ended).query))
    assert (query["state"], query["iss"]) == ("s t/a&te", satsuma_server.issuer().url)
    form = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    told = post(satsuma_server.issuer().token_url, form, application.authorization_header)
    assert told.status == 200, told.body
    denied = satsuma_server.authorize(url + urllib.parse.urlencode(asked), user, allow=False)
    assert "error=access_denied" in denied and "state=s+t%2Fa%26te" in denied
    wrong = urllib.parse.urlencode(asked | {"scope": "nobody:knows"})
    assert "error=invalid_scope" in satsuma_server.authorize(url + wrong, user)
    elsewhere = urllib.parse.urlencode(asked | {"redirect_uri": "https://elsewhere.example/"})
    with pytest.raises(Refused, match="page") as refused:
        satsuma_server.authorize(url + elsewhere, user)
    assert refused.value.status == 400


def test_a_user_logs_in_by_the_pages_too(satsuma_server: SatsumaServer) -> None:
    user = satsuma_server.user()
    page = call(f"{satsuma_server.pages_url}/login")
    cookie = str(page.headers["set-cookie"]).partition(";")[0]
    form_token = page.body.decode().partition('name="form_token" value="')[2].partition('"')[0]
    form = {"form_token": form_token, "email": user.email, "password": user.password}
    origin = {"Origin": satsuma_server.pages_url, "Cookie": cookie}
    reply = post(f"{satsuma_server.pages_url}/login", form, **origin)
    assert reply.status == 303, reply.body
    assert satsuma_server.requests[-1].endpoint == "pages"
    assert user.password not in repr(satsuma_server.requests)


def test_what_a_server_refuses_says_so(satsuma_server: SatsumaServer) -> None:
    application = satsuma_server.application(redirect_uris=[CALLBACK])
    user = satsuma_server.user()
    with pytest.raises(Refused, match="invalid_scope"):
        satsuma_server.login_as(user, application, scope="openid nobody:knows")
    with pytest.raises(Refused, match="unsupported_grant_type"):
        satsuma_server.token(application, grant_type="password")
    with pytest.raises(NotPossible, match="account already"):
        satsuma_server.user(user.email)
    with pytest.raises(NotPossible, match="no token of this server"):
        satsuma_server.revoke("sat_made_up")
    with pytest.raises(KeyError):
        satsuma_server.issuer("nobody")


def test_a_revoked_token_is_refused_at_once(satsuma_server: SatsumaServer) -> None:
    things = satsuma_server.api("things")
    application = satsuma_server.application(redirect_uris=[CALLBACK], apis=[things])
    token = satsuma_server.token(application).access_token
    other = satsuma_server.token(application).access_token
    satsuma_server.revoke(token)
    assert [call_api(things.url, each).status for each in (token, other)] == [401, 200]
    user = satsuma_server.user()
    tokens = satsuma_server.login_as(user, application, scope="openid offline_access")
    assert is_active(satsuma_server, application, tokens.access_token)
    satsuma_server.revoke(tokens.refresh_token)
    assert not is_active(satsuma_server, application, tokens.access_token)


def test_keys_are_rotated_at_once_or_as_planned(satsuma_server: SatsumaServer) -> None:
    def kids() -> set[str]:
        return {key["kid"] for key in call(satsuma_server.issuer().jwks_url).json["keys"]}

    application = satsuma_server.application()
    token, before = satsuma_server.token(application).access_token, kids()
    satsuma_server.rotate_keys(at_once=False)
    assert before < kids() and is_active(satsuma_server, application, token)
    satsuma_server.rotate_keys()
    assert not is_active(satsuma_server, application, token)
    assert not before & kids()
    assert is_active(satsuma_server, application, satsuma_server.token(application).access_token)


@pytest.mark.parametrize("satsuma_settings", [{"issuers": {"standard": {"token_life": 90}}}])
def test_a_test_gives_the_settings_of_its_server(satsuma_server: SatsumaServer) -> None:
    assert get_token(satsuma_server, satsuma_server.application()).json["expires_in"] == 90


async def test_a_server_is_an_asgi_application_for_any_loop() -> None:
    import httpx2

    with running(listen=False) as server:
        application = server.application()
        transport = httpx2.ASGITransport(server.asgi)
        async with httpx2.AsyncClient(transport=transport) as client:
            form = {"grant_type": "client_credentials"}
            headers = {"Authorization": application.authorization_header}
            told = await client.post(server.issuer().token_url, data=form, headers=headers)
            assert told.json()["token_type"] == "Bearer"
            server.clock.advance(minutes=61)
            form = {"token": told.json()["access_token"]}
            told = await client.post(server.issuer().introspection_url, data=form, headers=headers)
            assert told.json() == {"active": False}
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(call, server.url)
    assert [each.endpoint for each in server.requests] == ["token", "introspect"]


def test_what_stands_behind_an_api_may_be_an_application_of_the_test(
    satsuma_server: SatsumaServer,
) -> None:
    async def teapot(
        scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"short and stout"})

    tea = satsuma_server.api("tea", upstream=teapot)
    token = satsuma_server.token(satsuma_server.application(apis=[tea])).access_token
    reply = call_api(tea.url, token)
    assert (reply.status, reply.body) == (418, b"short and stout")
