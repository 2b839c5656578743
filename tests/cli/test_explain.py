"""`satsuma explain` tells the owner, from the id of a refused request, what the wire did not."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma_client.protocol.basic import authorization_header
from tests.cli.program import OWNER, Cli, Done
from tests.wire.server import Reply, Server, running_server

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("explain")) as running:
        yield running


@pytest.fixture
def cli(server: Server, tmp_path: Path) -> Cli:
    cli = Cli(server.database, tmp_path)
    if cli("accounts", "create", OWNER).code == 0:
        cli.ok("apis", "create", "poi", "--upstream", "http://127.0.0.1:9")
    return cli


def ask(server: Server, **fields: str) -> Reply:
    headers = FORM | {name.replace("_", "-"): value for name, value in fields.items()}
    return server.request("POST", "/oauth/v3/token", "grant_type=client_credentials", headers)


def explained(cli: Cli, request_id: str, *args: str) -> Done:
    """Ask until the server has written its log, which it does within a second."""
    until = time.monotonic() + 5
    while (done := cli("explain", request_id, *args)).code == 1 and time.monotonic() < until:
        pass
    assert done.code == 0, done.err
    return done


def test_a_wrong_secret_is_explained_by_our_id(server: Server, cli: Cli, tmp_path: Path) -> None:
    import base64

    made = cli.ok("apps", "create", f"Shops {tmp_path.name}", "--owner", OWNER, "--api", "poi")
    wrong = base64.b64encode(f"{made['client_id']}: {made['client_secret']}".encode()).decode()
    reply = ask(server, Authorization=f"Basic {wrong}")
    assert reply.status == 401
    request_id = reply.headers["X-OAPI-Request-Id"]
    told = explained(cli, request_id, "--json").json
    assert (told["slug"], told["status"]) == ("secret-wrong", 401)
    assert "what was sent: white space around the right secret" in told["compared"]
    assert told["application"] == f"Shops {tmp_path.name}"
    assert told["now"][1:] == ["its subscription to poi v1 (live) is approved"]
    assert told["source"] == "127.0.0.1"
    assert told["command"] == f"satsuma apps show {made['application_id']} --secret"
    assert cli.shell(told["command"]).out.count(made["client_secret"]) == 1
    text = explained(cli, request_id).out
    for word in ("mend", "when", "from     127.0.0.1", "secret-wrong", told["happened"]):
        assert word in text
    assert made["client_secret"] not in text


def test_a_secret_of_another_application_is_named_to_the_owner_of_both(
    server: Server, cli: Cli, tmp_path: Path
) -> None:
    stranger = f"stranger-{tmp_path.name}@satsuma.example"
    cli.ok("accounts", "create", stranger)
    owners = {"mine": OWNER, "near": OWNER, "far": stranger}
    made = {
        name: cli.ok("apps", "create", f"{name} {tmp_path.name}", "--owner", owner)
        for name, owner in owners.items()
    }
    compared = {}
    for name in ("near", "far"):
        wrong = authorization_header(made["mine"]["client_id"], made[name]["client_secret"])
        reply = ask(server, Authorization=wrong)
        assert (reply.status, reply.json["error"]) == (401, "invalid_client")
        told = explained(cli, reply.headers["X-OAPI-Request-Id"], "--json").json
        assert told["slug"] == "secret-wrong"
        compared[name] = told["compared"]
    whose = "what was sent: the secret of another application of the same space"
    assert whose in compared["near"]
    assert "what was sent: another value" in compared["far"]


def test_a_request_is_found_by_the_callers_own_id(server: Server, cli: Cli) -> None:
    reply = ask(server, X_OAPI_Request_Id="mine.12345678")
    assert reply.status == 401
    told = explained(cli, "mine.12345678", "--json").json
    assert told["slug"] == "client-credentials-missing"
    assert told["supplied_id"] == "mine.12345678"


def test_what_was_repeated_is_counted(server: Server, cli: Cli) -> None:
    """Twenty rows a minute are of one cause; what comes after counts on the last of them."""
    replies = [server.request("POST", "/oauth/v3/token", "x=1", FORM) for _ in range(45)]
    assert {reply.status for reply in replies} == {400}
    until = time.monotonic() + 20
    counted = 0
    while counted < 45 and time.monotonic() < until:
        ids = [reply.headers["X-OAPI-Request-Id"] for reply in replies[:21]]
        told = [cli("explain", each, "--json") for each in ids]
        counted = sum(done.json["repeated"] for done in told if done.code == 0)
    assert counted == 45


def test_a_call_to_an_api_is_explained_with_the_api(server: Server, cli: Cli) -> None:
    reply = server.request("GET", "/poi/v1/shops", headers={"Authorization": "Bearer x"})
    told = explained(cli, reply.headers["X-OAPI-Request-Id"], "--json").json
    assert told["slug"] == "token-forged"
    assert "the API's address was /poi/v1" in told["compared"]
