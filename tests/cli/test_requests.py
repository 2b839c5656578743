"""`satsuma requests list` shows the refusals as they come, and `explain --last` the newest of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma_client.protocol.basic import authorization_header
from tests.cli.program import OWNER, Cli, Done
from tests.wire.server import Reply, Server, running_server, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("requests")) as running:
        yield running


@pytest.fixture
def cli(server: Server, tmp_path: Path) -> Cli:
    cli = Cli(server.database, tmp_path)
    cli("accounts", "create", OWNER)
    return cli


def ask(server: Server, authorization: str) -> Reply:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    headers |= {"Authorization": authorization}
    return server.request("POST", "/oauth/v3/token", "grant_type=client_credentials", headers)


def id_of(reply: Reply) -> str:
    return reply.headers["X-OAPI-Request-Id"]


def eventually(cli: Cli, request_id: str, *args: str) -> list[dict[str, str]]:
    """What `requests list` says once the server has written that request down."""
    listed: list[dict[str, str]] = []

    def is_there() -> bool:
        listed[:] = cli.ok("requests", "list", *args)
        return any(row["request_id"] == request_id for row in listed)

    wait_until(is_there, 10)
    return listed


def test_refusals_are_listed_by_application_and_status(
    server: Server, cli: Cli, tmp_path: Path
) -> None:
    made = cli.ok("apps", "create", f"Shops {tmp_path.name}", "--owner", OWNER)
    other = cli.ok("apps", "create", f"Other {tmp_path.name}", "--owner", OWNER)
    wrong = ask(server, authorization_header(made["client_id"], "sts_wrong"))
    stranger = ask(server, authorization_header(other["client_id"], "sts_wrong"))
    assert (wrong.status, stranger.status) == (401, 401)
    everything = eventually(cli, id_of(stranger), "--since", "10m")
    ids = [row["request_id"] for row in everything]
    assert ids.index(id_of(wrong)) < ids.index(id_of(stranger))
    for application in (made["application_id"], made["client_id"]):
        (row,) = cli.ok("requests", "list", "--application", application)
        assert row["request_id"] == id_of(wrong)
        assert (row["status"], row["slug"], row["source"]) == (401, "secret-wrong", "127.0.0.1")
    for status, count in {"401": 1, "4xx": 1, "5xx": 0, "403": 0}.items():
        listed = cli.ok("requests", "list", "--application", made["client_id"], "--status", status)
        assert len(listed) == count, status
    assert len(cli.ok("requests", "list", "--limit", "1")) == 1
    text = cli("requests", "list", "--application", made["client_id"]).out
    assert "secret-wrong" in text
    assert "sts_wrong" not in text


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--status", "999x"), "is not a status such as 401, or 4xx"),
        (("--since", "soon"), "is not a number with s, m, h or d"),
        (("--application", "app_none"), "app_none"),
        (("--limit", "0"), "--limit"),
    ],
)
def test_what_makes_no_sense_is_said(cli: Cli, args: tuple[str, ...], said: str) -> None:
    done = cli("requests", "list", *args)
    assert done.code in (1, 2)
    assert said in done.err


def test_to_follow_shows_each_refusal_once_as_it_comes(server: Server, cli: Cli) -> None:
    made = cli.ok("apps", "create", "Followed", "--owner", OWNER)
    header = authorization_header(made["client_id"], "sts_wrong")
    before = ask(server, header)
    eventually(cli, id_of(before))
    following = cli.start(
        "requests", "list", "--application", made["client_id"], "--follow", "--json"
    )
    try:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["request_id"] == id_of(before)
        sent = [id_of(ask(server, header)) for _ in range(3)]
        came = [json.loads(following.stdout.readline())["request_id"] for _ in sent]
        assert came == sent
        last = id_of(ask(server, header))
        assert json.loads(following.stdout.readline())["request_id"] == last
    finally:
        following.terminate()
        following.communicate(timeout=10)


def test_the_last_refusal_is_explained_without_its_id(server: Server, cli: Cli) -> None:
    made = cli.ok("apps", "create", "Last", "--owner", OWNER)
    last = ask(server, authorization_header(made["client_id"], "sts_wrong"))
    eventually(cli, id_of(last))
    other = ask(server, authorization_header("0" * 32, "sts_wrong"))
    eventually(cli, id_of(other))
    assert cli.ok("explain", "--last")["request_id"] == id_of(other)
    mine = cli.ok("explain", "--last", "--application", made["client_id"])
    assert (mine["request_id"], mine["slug"]) == (id_of(last), "secret-wrong")


@pytest.mark.parametrize("args", [(), ("--last", "0" * 24), ("--application", "x", "0" * 24)])
def test_explain_wants_an_id_or_the_last(cli: Cli, args: tuple[str, ...]) -> None:
    done: Done = cli("explain", *args)
    assert done.code == 2
    assert "REQUEST_ID or --last" in done.err


@pytest.mark.parametrize("body", ["grant_type=%1b%5b31mX%0aforged%9b", "%1b%5b31m=1&%1b%5b31m=2"])
def test_nothing_that_a_stranger_sent_moves_the_terminal(
    server: Server, cli: Cli, body: str
) -> None:
    reply = server.token(body=body)
    eventually(cli, id_of(reply))
    for args in (("explain", id_of(reply)), ("requests", "list"), ("explain", "--last")):
        out = cli(*args).out
        assert all(each.isprintable() for line in out.splitlines() for each in line), args
        assert not any(line.startswith("forged") for line in out.splitlines())
