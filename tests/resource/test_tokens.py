"""One table of tokens, each in every framework, as a JWT and as a token that only the issuer reads."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import OctKey

from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.messages.challenge import parse_challenges
from satsuma_client.resource import ResourceServer
from tests.resource.frameworks import FRAMEWORKS, Call
from tests.resource.issuer import AUDIENCE, EC, RSA, STRANGER, Issuer, running_issuer


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="module", params=FRAMEWORKS, ids=lambda each: each.__name__)
def call(request: pytest.FixtureRequest, issuer: Issuer) -> Call:
    server = ResourceServer(
        issuer.url, AUDIENCE, client_id="api", client_secret="api-secret", scopes=["shops:read"]
    )
    called: Call = request.param(server)
    return called


@dataclass(frozen=True)
class Row:
    """A request's Authorization fields, and what must come of it."""

    name: str
    fields: Callable[[Issuer], list[str]]
    status: int
    error: str = ""


def claims_row(
    name: str, status: int = 401, error: str = "invalid_token", **changed: Any
) -> list[Row]:
    """The same claims signed, and told by introspection."""
    return [
        Row(f"jwt: {name}", lambda at: [bearer(at.signed(at.claims(**changed)))], status, error),
        Row(
            f"sealed: {name}",
            lambda at: [bearer(at.sealed({"active": True, **at.claims(**changed)}))],
            status,
            error,
        ),
    ]


def jwt_row(name: str, make: Callable[[Issuer], str], status: int = 401) -> Row:
    return Row(
        f"jwt: {name}",
        lambda at: [bearer(make(at))],
        status,
        "invalid_token" if status == 401 else "",
    )


def sealed_row(name: str, told: Any, status: int, error: str) -> Row:
    return Row(f"sealed: {name}", lambda at: [bearer(at.sealed(told))], status, error)


def bearer(token: str) -> str:
    return f"Bearer {token}"


def unsigned(at: Issuer) -> str:
    head = b64(json.dumps({"typ": "at+jwt", "alg": "none"}).encode())
    return (head + b"." + b64(json.dumps(at.claims()).encode()) + b".").decode()


def by_the_public_key(at: Issuer) -> str:
    secret = OctKey.import_key(json.dumps(RSA.as_dict(private=False)).encode(), {"kid": "rsa"})
    return at.signed(at.claims(), secret, "HS256", kid="rsa")


def spoiled(at: Issuer) -> str:
    token = at.signed(at.claims())
    return token[:-6] + ("A" * 6 if not token.endswith("A" * 6) else "B" * 6)


def of_other_claims(at: Issuer) -> str:
    head, _, signature = at.signed(at.claims()).split(".")
    return f"{head}.{b64(json.dumps(at.claims(sub='eve')).encode()).decode()}.{signature}"


NOW = time.time()
GOOD = [
    *claims_row("good", 200, ""),
    *claims_row("one of several audiences", 200, "", aud=["https://other.example", AUDIENCE]),
    *claims_row("an application's own", 200, "", sub=None),
    jwt_row("by another algorithm", lambda at: at.signed(at.claims(), EC, "ES256"), 200),
    jwt_row("type in full", lambda at: at.signed(at.claims(), typ="application/AT+JWT"), 200),
    jwt_row("without kid", lambda at: at.signed(at.claims(), kid=None), 200),
    Row("scheme in other case", lambda at: [f"bEARER {at.signed(at.claims())}"], 200),
]
BAD = [
    *claims_row("expired", exp=NOW - 10),
    *claims_row("expires never", exp="never"),
    *claims_row("another audience", aud="https://other.example"),
    *claims_row("audience as part", aud=AUDIENCE + "/more"),
    *claims_row("audience in a list of others", aud=["https://other.example"]),
    *claims_row("no audience", aud=None),
    *claims_row("bound to a key", cnf={"jkt": "AAAA"}),
    *claims_row("subject is no text", sub=5),
    *claims_row("scope is no text", scope=["shops:read"]),
    *claims_row("scope missing", 403, "insufficient_scope", scope="shops:write"),
    *claims_row("no scope", 403, "insufficient_scope", scope=None),
    *claims_row("scope as part of another", 403, "insufficient_scope", scope="shops:readers"),
    jwt_row("another issuer", lambda at: at.signed(at.claims(iss="https://evil.example"))),
    jwt_row("not yet", lambda at: at.signed(at.claims(nbf=time.time() + 900))),
    jwt_row("issued in the future", lambda at: at.signed(at.claims(iat=time.time() + 900))),
    jwt_row("an ID token", lambda at: at.signed(at.claims(), typ="JWT")),
    jwt_row("without type", lambda at: at.signed(at.claims(), typ=None)),
    jwt_row("alg none", unsigned),
    jwt_row("by the public key as a secret", by_the_public_key),
    jwt_row("by a stranger's key", lambda at: at.signed(at.claims(), STRANGER)),
    jwt_row("unknown kid", lambda at: at.signed(at.claims(), kid="unknown")),
    jwt_row("another key's kid", lambda at: at.signed(at.claims(), RSA, kid="ec")),
    jwt_row("an extension to understand", lambda at: at.signed(at.claims(), crit=["exp"])),
    jwt_row("spoiled signature", spoiled),
    jwt_row("other claims", of_other_claims),
    jwt_row("no claims", lambda at: at.signed([])),  # type: ignore[arg-type]
    sealed_row("revoked", {"active": False}, 401, "invalid_token"),
    sealed_row("active as a text", {"active": "true", "aud": AUDIENCE}, 401, "invalid_token"),
    sealed_row("nothing said", {}, 401, "invalid_token"),
    sealed_row(
        "introspection cannot say",
        (503, {}, b'{"error":"temporarily_unavailable"}'),
        503,
        "temporarily_unavailable",
    ),
    sealed_row("introspection fails", (500, {}, b"oops"), 503, "temporarily_unavailable"),
    sealed_row(
        "introspection refuses us",
        (401, {}, b'{"error":"invalid_client"}'),
        503,
        "temporarily_unavailable",
    ),
    sealed_row("introspection is a page", (200, {}, b"<html>"), 503, "temporarily_unavailable"),
    Row("unknown", lambda _: [bearer("garbage")], 401, "invalid_token"),
    Row("three dots", lambda _: [bearer("a.b.c")], 401, "invalid_token"),
    Row("20 KB", lambda _: [bearer("A" * 20_000)], 401, "invalid_token"),
    Row("no field", lambda _: [], 401),
    Row("another scheme", lambda _: ["Basic YTpi"], 401),
    Row("no token", lambda _: ["Bearer"], 400, "invalid_request"),
    Row("two words", lambda _: ["Bearer a b"], 400, "invalid_request"),
    Row("two fields", lambda at: [bearer(at.signed(at.claims()))] * 2, 400, "invalid_request"),
    Row("no ASCII", lambda _: ["Bearer \xe9"], 400, "invalid_request"),
]


@pytest.mark.spec(
    "RFC 6750 §2.1", "RFC 6750 §3", "RFC 6750 §3.1", "RFC 9110 §11.6.2", "RFC 9068 §4"
)
@pytest.mark.spec(
    "RFC 9068 §2.2", "RFC 8725 §3.8", "RFC 8725 §3.9", "RFC 8725 §3.11", "RFC 7800 §3.1"
)
@pytest.mark.spec("RFC 7662 §2", "RFC 7662 §2.2", "RFC 8707 §2", "RFC 9728 §5.1")
@pytest.mark.parametrize("row", [*GOOD, *BAD], ids=lambda row: row.name)
def test_each_token(call: Call, issuer: Issuer, row: Row) -> None:
    status, headers, body = call(row.fields(issuer))
    assert status == row.status, body
    if status == 200:
        assert json.loads(body)["client_id"] == "client"
        return
    told = json.loads(body)
    told = told.get("detail", told)
    assert told["error"] == (row.error or "unauthorized")
    if status == 503:
        assert headers["retry-after"] == "1"
        return
    (challenge,) = parse_challenges(headers["www-authenticate"])
    assert challenge.scheme == "Bearer"
    assert challenge.parameter("error") == (row.error or None)
    metadata = "https://api.example/.well-known/oauth-protected-resource/shops"
    assert challenge.parameter("resource_metadata") == metadata
    assert challenge.parameter("scope") == ("shops:read" if status == 403 else None)


def test_the_table_has_what_was_asked_for() -> None:
    assert len([*GOOD, *BAD]) >= 40
    assert len({row.name for row in [*GOOD, *BAD]}) == len([*GOOD, *BAD])
