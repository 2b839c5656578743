"""What is told first where several things are wrong, at the endpoints that take a token in the form."""

import base64
from collections.abc import Iterator

import pytest

from tests.oauth.causes import cause_of, logged_client
from tests.wire.server import FORM, Made, Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("order")) as running:
        yield running


@pytest.fixture(scope="module")
def made(server: Server) -> Made:
    return server.new_application()


# What is sent besides a form without token: the header, the form; and the cause that is told, with its status.
CASES: dict[str, tuple[str, str, int, str]] = {
    "no credentials": ("", "a=1", 401, "client-credentials-missing"),
    "nothing at all": ("", "", 401, "client-credentials-missing"),
    "not base64": ("Basic !!!", "a=1", 401, "basic-undecodable"),
    "another scheme": ("Bearer x", "a=1", 401, "scheme-unsupported"),
    "a secret twice": ("{right}", "client_secret=a", 400, "duplicate-credentials"),
    "a wrong secret": ("{wrong}", "a=1", 400, "token-parameter-missing"),
    "the right secret": ("{right}", "a=1", 400, "token-parameter-missing"),
}


@pytest.mark.parametrize("path", ["/revoke", "/introspect", "/oauth/v3/revoke"])
@pytest.mark.parametrize("case", CASES)
def test_credentials_that_cannot_be_read_are_told_before_a_token_that_is_missing(
    server: Server, made: Made, path: str, case: str
) -> None:
    header, form, status, slug = CASES[case]
    wrong = "Basic " + base64.b64encode(f"{made.client_id}:no".encode()).decode()
    fields = {"Content-Type": FORM, "Accept": "application/json"}
    if header:
        fields["Authorization"] = header.format(right=made.authorization, wrong=wrong)
    reply = server.request("POST", path, form, fields)
    assert reply.status == status
    assert cause_of(server, reply) == slug


def test_what_nobody_proved_is_filed_under_no_application(server: Server, made: Made) -> None:
    fields = {"Content-Type": FORM, "Accept": "application/json", "Authorization": "Basic !!!"}
    body = f"token=x&client_id={made.client_id}"
    reply = server.request("POST", "/revoke", body, fields)
    assert reply.status == 401
    assert cause_of(server, reply) == "basic-undecodable"
    assert logged_client(server, reply.headers["X-OAPI-Request-Id"]) is None
