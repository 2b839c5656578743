"""Every refusal of the machine's endpoints is provoked over a socket, and its true cause stands in the request log."""

import base64
import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from satsuma.domain.errors.connection import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    HEAD_TOO_LARGE,
    TOO_SLOW,
    UPGRADE,
    URL_TOO_LONG,
)
from satsuma.domain.errors.row import ErrorRow
from satsuma.management.applications import renew_secret, revoke_application, set_state
from tests.oauth.causes import ROWS, body_of, cause_of
from tests.wire.raw import RawReply, connect, exchange, post, read_reply
from tests.wire.record.refusals import check_recorded
from tests.wire.server import FORM, Made, Reply, Server, running_server, wait_until

Answer = Reply | RawReply
Cause = Callable[[Server, Made], Answer]
CAUSES: dict[str, Cause] = {}

M2M, STANDARD = "/oauth/v3", ""
USUAL = "grant_type=client_credentials"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("causes")) as running:
        yield running


@pytest.fixture(scope="module")
def made(server: Server) -> Made:
    return server.new_application()


def cause(slug: str) -> Callable[[Cause], Cause]:
    def keep(function: Cause) -> Cause:
        assert slug not in CAUSES
        CAUSES[slug] = function
        return function

    return keep


def asked(slug: str, body: str = USUAL, issuer: str = M2M, **headers: str) -> None:
    """A cause that is in the token request alone."""
    cause(slug)(lambda server, made: server.token(made, body, issuer, **headers))


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


asked("grant-type-missing", "scope=poi:read")
asked("grant-type-unsupported", "grant_type=password")
asked("code-missing", "grant_type=authorization_code", STANDARD)
asked("refresh-token-missing", "grant_type=refresh_token", STANDARD)
asked("scope-malformed", f"{USUAL}&scope=%22")
asked("scope-refused", f"{USUAL}&scope=never:subscribed")
asked("resource-refused", f"{USUAL}&resource=https%3A%2F%2Felsewhere.example%2Fpoi%2Fv1")
asked("not-acceptable", Accept="text/html")
asked("media-type-unsupported", issuer=STANDARD, Content_Type="application/json")
asked("bad-escape", f"{USUAL}&a=%zz")
asked("bad-encoding", f"{USUAL}&a=%ff")
asked("nul-character", f"{USUAL}&a=%00")
asked("repeated-parameter", f"{USUAL}&{USUAL}")
asked("too-many-parameters", "&".join([USUAL, *(f"a{n}=1" for n in range(50))]))
asked("duplicate-credentials", f"{USUAL}&client_secret=a")
asked("origin-unregistered", Origin="https://elsewhere.example")
asked("scheme-unsupported", Authorization="Bearer a.b.c")
asked("basic-undecodable", Authorization="Basic %%%")
asked("client-unknown", Authorization=basic("A" * 32, "a secret"))
asked("client-credentials-missing", Authorization="")


@cause("scope-default-empty")
def a_default_that_is_no_machines(server: Server, _: Made) -> Answer:
    return server.token(server.new_application(default_scopes=("openid",)))


@cause("repeated-header")
def two_content_types(server: Server, made: Made) -> Answer:
    fields = (b"Accept: */*", b"Content-Type: " + FORM.encode(), b"Content-Type: text/plain")
    return exchange(server, post(server, f"{M2M}/token", USUAL.encode(), *fields))


@cause("secret-wrong")
def wrong_secret(server: Server, made: Made) -> Answer:
    return server.token(Authorization=basic(made.client_id, "not the secret"))


@cause("secret-retired")
def earlier_secret(server: Server, _: Made) -> Answer:
    made = server.new_application()
    server.manage(lambda context: renew_secret(context, made.application_id))
    # It ends with the second that it is in; the application may ask fifty times a minute.
    wait_until(lambda: server.token(made).status != 200, 2, interval=0.1)
    return server.token(made)


@cause("client-pending")
def pending(server: Server, _: Made) -> Answer:
    return server.token(server.new_application(state="pending"))


@cause("client-blocked")
def blocked(server: Server, _: Made) -> Answer:
    made = server.new_application()
    server.manage(lambda context: set_state(context, made.application_id, "blocked"))
    return server.token(made)


def a_public_client(server: Server) -> Made:
    return server.new_application(public=True, redirect_uris=("https://client.example/callback",))


@cause("client-revoked")
def revoked(server: Server, _: Made) -> Answer:
    """A confidential client's secrets retire with it; a public one has its id alone."""
    made = a_public_client(server)
    server.manage(lambda context: revoke_application(context, made.application_id))
    return server.form(f"{STANDARD}/revoke", None, f"client_id={made.client_id}&token=a")


@cause("client-public")
def public(server: Server, _: Made) -> Answer:
    return server.token(Authorization=basic(a_public_client(server).client_id, "a secret"))


@cause("method-not-allowed")
def got(server: Server, made: Made) -> Answer:
    return server.request("GET", f"{M2M}/token")


@cause("document-method-not-allowed")
def posted(server: Server, made: Made) -> Answer:
    return server.request("POST", f"{M2M}/jwks", "a=1")


@cause("token-parameter-missing")
def no_token(server: Server, made: Made) -> Answer:
    return server.form(f"{M2M}/introspect", made, "token_type_hint=access_token")


@cause("token-of-other-client")
def of_another(server: Server, made: Made) -> Answer:
    token = server.token(server.new_application()).json["access_token"]
    return server.form(f"{M2M}/revoke", made, f"token={token}")


@cause("too-many-token-requests")
def too_often(server: Server, _: Made) -> Answer:
    made = server.new_application()
    assert [server.token(made).status for _ in range(50)] == [200] * 50
    return server.token(made)


@cause("too-many-failures")
def too_wrong(server: Server, _: Made) -> Answer:
    made = server.new_application()
    wrong = basic(made.client_id, "not the secret")
    assert [server.token(Authorization=wrong).status for _ in range(20)] == [401] * 20
    return server.token(made)


@cause("not-ready")
def unreadable(server: Server, made: Made) -> Answer:
    """The table of codes is away for a moment: the database cannot say what this one is."""
    with contextlib.closing(sqlite3.connect(server.database.removeprefix("sqlite:///"))) as file:
        file.execute("ALTER TABLE code RENAME TO code_away")
        try:
            return server.token(made, "grant_type=authorization_code&code=stc_a", STANDARD)
        finally:
            file.execute("ALTER TABLE code_away RENAME TO code")


@pytest.mark.parametrize("slug", CAUSES)
def test_a_refusal_is_logged_by_its_true_cause(server: Server, made: Made, slug: str) -> None:
    row = ROWS[slug]
    reply = CAUSES[slug](server, made)
    assert reply.status == row.status
    said: dict[str, Any] = json.loads(reply.body)
    said.pop("error_uri", None)
    assert said == body_of(row)
    assert cause_of(server, reply) == slug


@pytest.mark.parametrize("slug", ["client-unknown", "secret-wrong"])
def test_the_outside_is_sent_to_one_page_whatever_was_wrong_with_a_client(
    server: Server, slug: str
) -> None:
    outward = "client-refused"
    unknown, known = "B" * 32, server.new_application().client_id
    client_id = unknown if slug == "client-unknown" else known
    reply = server.token(issuer=STANDARD, Authorization=basic(client_id, "a"))
    assert reply.json["error_uri"] == f"{server.pages_url}/errors/{outward}"
    assert cause_of(server, reply) == slug


def a_get(server: Server, target: str, *fields: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


# A bound is answered before there is a request to log, in the gateway's envelope.
BOUNDS: list[tuple[ErrorRow, int, int, Callable[[Server], bytes]]] = [
    (BAD_REQUEST, 400, 22, lambda _: b"GET\r\n\r\n"),
    (
        UPGRADE,
        400,
        26,
        lambda server: a_get(server, "/healthz", "Connection: Upgrade", "Upgrade: websocket"),
    ),
    (
        HEAD_TOO_LARGE,
        431,
        26,
        lambda server: a_get(server, "/healthz", *(f"X-{n}: 1" for n in range(101))),
    ),
    (URL_TOO_LONG, 414, 67, lambda server: a_get(server, "/healthz?" + "a" * 9000)),
    (
        BODY_TOO_LARGE,
        413,
        66,
        lambda server: post(
            server, "/auth/check", b"a" * (16 * 1024 + 1), b"Content-Type: " + FORM.encode()
        ),
    ),
]


def check_bound(reply: RawReply, bound: ErrorRow, status: int, code: int) -> None:
    check_recorded(reply)
    assert reply.status == status
    envelope = {"code": code, "message": bound.message, "description": bound.says}
    assert json.loads(reply.body) == envelope
    assert reply.field(b"connection") == b"close"


@pytest.mark.parametrize(
    ("bound", "status", "code", "sent"), BOUNDS, ids=[bound.slug for bound, *_ in BOUNDS]
)
def test_what_passes_a_bound_is_told_which(
    server: Server, bound: ErrorRow, status: int, code: int, sent: Callable[[Server], bytes]
) -> None:
    check_bound(exchange(server, sent(server)), bound, status, code)


@pytest.fixture(scope="module", autouse=True)
def half_a_head(server: Server) -> Iterator[Future[RawReply]]:
    """A head that never ends, sent as the module begins, so that nobody waits for its ten seconds."""

    def send() -> RawReply:
        with connect(server) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
            return read_reply(connection)

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(send)


@pytest.mark.slow
def test_what_takes_too_long_is_told_so(half_a_head: Future[RawReply]) -> None:
    check_bound(half_a_head.result(30), TOO_SLOW, 408, 63)
