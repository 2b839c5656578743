"""The sealed form of an authorization request: what was sealed before opens, and is sealed to the same text."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, asdict, fields
from datetime import UTC, datetime, timedelta

import pytest

from satsuma.app.platform import sealed_logouts, sealed_requests
from satsuma.domain.authorization import CheckedRequest
from satsuma.keys.vault import Vault
from satsuma.oauth.logout import LogoutRequest, open_logout, seal_logout
from satsuma.oauth.sealed_request import LIFE, SealedRequest, open_request, seal_request

RECEIVED = datetime(2030, 1, 1, 12, 30, 15, 250000, tzinfo=UTC)
ASKED = CheckedRequest(
    issuer="standard",
    client_id="C" * 32,
    redirect_uri="https://client.example/cb?keep=1",
    scope=("openid", "offline_access"),
    response_mode="form_post",
    state="a state, with spaces & signs",
    nonce="é",
    prompt=("login", "consent"),
    max_age=60,
    acr_values=("1",),
    login_hint="user@people.example",
    id_token_hint="a.b.c",
    ui_locales=("fr", "en"),
    claims='{"id_token":{"name":null}}',
    code_challenge="c" * 43,
    resource="https://api.example/poi/v1",
)
SEALED = (
    "r1_AAAAAAAAAAAAAAAAEs8TDvp4pZRTFzpSPCfG7xJSo3x9GqYY7b-NbWbLEAZKXsntrhTIloAUVkPzVao6JlPjp"
    "cnWqoeFaHfXFT_jtsFoHy_fl3QdyWSAFYDyizqLJFGv5dG6jiLg_2bcFRiUs2NE7gFBTKmq-gm9DFpXdrMCC1cAB"
    "OZnyhcG53UFdN5qPX9uzaC9Sw4hXyvWl6c8Vkx4XhQ-p7zxw-IR-PgSBPSiTzXTMmhg25HIwQQeJQfquGURg3HeK"
    "rls4MMPc8CTVFKqnHhTPDou1v0ikKGO7gAx-PNdJVqcEBtWxiAA-mqPH0ntmVAV8PdnAmQ6CFgRtumSd_yQeXVN3"
    "m0S2cMotzw7bDnkM3NI0HBTg1nArr1lYTS338Y7ntnvEQL5yzAKTZmuMWE4pif_S6NFR9vU2mj3D4pfcur5X056E"
    "_EJcdY_h84Q_vyhmgKhNc4Rgy8A7154LcRl0E-YTcYjsDg4mAMszqAA7H6MrIXrk3NzNE5AYaGbSDKaaSuT052NX"
    "vqRhfCZSTMEp2_-9Y76U0n1TfRC8uvhxcApn3tpQNtrTFIgOsQDYxCDy3rILfpXkypyd2GloeD5Zqk7Aw6gU7lT-"
    "HCrbUrOMT3QxGnHHmWcdiAYRtjxhejX-ipvaS4v29ymFTn0VGaeBz38c_zWkoSfrdIBHBcZm-pGjXGR3dCMA84Il"
    "xbjCmSRqnzNT7LaCL3qZKshw7StxtXcLQs4641VGCsfHXCuDD66W-lo0lt0clQIeWwGm5T0vSPkJDdlbtcKZL6wg"
)
"""What the first sealed form was under a key of the bytes 0 to 31 and a nonce of zeros."""


def test_a_request_that_was_sealed_before_still_opens() -> None:
    opaque = sealed_requests(Vault(bytes(range(32))))
    assert open_request(opaque, SEALED, RECEIVED + LIFE) == SealedRequest(ASKED, RECEIVED)
    assert open_request(opaque, SEALED, RECEIVED + LIFE + timedelta(seconds=1)) is None


def test_a_request_is_sealed_to_the_same_text_as_before() -> None:
    opaque = sealed_requests(Vault(bytes(range(32)), bytes))
    assert seal_request(opaque, SealedRequest(ASKED, RECEIVED)) == SEALED


def test_a_request_and_a_logout_have_a_seal_each() -> None:
    """One label per purpose: neither opens as the other, whatever is in it."""
    vault = Vault(bytes(range(32)))
    requests, logouts = sealed_requests(vault), sealed_logouts(vault)
    logout = LogoutRequest("ses_1", "https://client.example/")
    request = SealedRequest(ASKED, RECEIVED)
    assert open_logout(logouts, seal_logout(logouts, logout)) == logout
    assert open_logout(requests, seal_logout(logouts, logout)) is None
    assert open_request(requests, seal_logout(logouts, logout), RECEIVED) is None
    assert open_logout(logouts, seal_request(requests, request)) is None


REQUESTED = {"at": RECEIVED.timestamp(), "request": asdict(ASKED)}
LOGGED_OUT = asdict(LogoutRequest("ses_1", "https://client.example/", "C" * 32, "https://c/"))


def in_words_of_another_release() -> Iterator[tuple[str, str, object]]:
    """What another release could have sealed: the kind, what it did, and the members."""
    for name in ASKED.__dataclass_fields__:
        left = {key: value for key, value in asdict(ASKED).items() if key != name}
        yield "request", f"without {name}", REQUESTED | {"request": left}
        yield "request", f"another {name}", REQUESTED | {"request": asdict(ASKED) | {name: {}}}
    yield "request", "more", REQUESTED | {"request": asdict(ASKED) | {"dpop_jkt": "x"}}
    yield "request", "more beside", REQUESTED | {"issued": 1}
    yield "request", "a newer mode", REQUESTED | {"request": asdict(ASKED) | {"response_mode": "x"}}
    yield "request", "no time", {"request": asdict(ASKED)}
    yield "request", "another time", REQUESTED | {"at": "now"}
    for name in LOGGED_OUT:
        left = {key: value for key, value in LOGGED_OUT.items() if key != name}
        yield "logout", f"without {name}", left
        yield "logout", f"another {name}", LOGGED_OUT | {name: 1}
    yield "logout", "more", LOGGED_OUT | {"device": "x"}
    for kind in ("request", "logout"):
        for other in ([], None, "text", 1):
            yield kind, f"{other!r}", other


@pytest.mark.parametrize(
    ("kind", "what", "members"),
    list(in_words_of_another_release()),
    ids=lambda each: str(each)[:30],
)
def test_what_another_release_sealed_is_read_or_past_and_never_breaks(
    kind: str, what: str, members: object
) -> None:
    vault = Vault(bytes(range(32)))
    opaque = sealed_requests(vault) if kind == "request" else sealed_logouts(vault)
    sealed = opaque.seal(json.dumps(members).encode())
    if kind == "request":
        request = open_request(opaque, sealed, RECEIVED)
        optional = {f.name for f in fields(ASKED) if f.default is not MISSING}
        is_read = what.removeprefix("without ") in optional
        assert (request is not None) is is_read
    else:
        logout = open_logout(opaque, sealed)
        assert (logout is not None) is (what in ("without client_id", "without registered"))


def test_a_logout_of_the_first_release_ends_the_session_and_returns_nowhere() -> None:
    """It names no client, so that nothing is certain of its address; the page that says so ends the session."""
    opaque = sealed_logouts(Vault(bytes(range(32))))
    members = {"sid": "ses_1", "return_to": "https://client.example/"}
    logout = open_logout(opaque, opaque.seal(json.dumps(members).encode()))
    assert logout == LogoutRequest("ses_1", "https://client.example/", "", "")
