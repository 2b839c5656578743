"""`apps change` and `apis change`: in force on every process within a second, and what stops is said before."""

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Cli
from tests.oauth.flow import (
    STANDARD,
    authorize_url,
    get_code,
    new_client,
    new_person,
    redeem,
)
from tests.servers.postgresql import PostgreSQL
from tests.servers.upstream import listening
from tests.wire.server import Made, Server, running_server, wait_until

OTHER = "https://other.example/back"


@pytest.fixture(scope="module")
def nodes(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL
) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("change")
    shared = {"shared": "127.0.0.1:7002"}
    with (
        postgresql.new_database() as url,
        running_server(folder, database=url, **shared) as first,
        running_server(folder, database=url, front="asgi", **shared) as second,
    ):
        yield first, second


@pytest.fixture
def cli(nodes: tuple[Server, Server], tmp_path: Path) -> Cli:
    return Cli(nodes[0].database, tmp_path, nodes[0].environment)


def opens(server: Server, made: Made, redirect_uri: str) -> bool:
    """Say whether an authorization request with that redirect URI leads to the login."""
    url = authorize_url(server, made, STANDARD, redirect_uri=redirect_uri)
    parts = urllib.parse.urlsplit(url)
    reply = server.request("GET", f"{parts.path}?{parts.query}")
    assert reply.status in (303, 400)
    return reply.status == 303


def test_a_redirect_uri_is_added_and_removed_on_every_process_within_a_second(
    nodes: tuple[Server, Server], cli: Cli
) -> None:
    made = new_client(nodes[0])
    assert [opens(node, made, OTHER) for node in nodes] == [False, False]
    changed = cli.ok("apps", "change", made.client_id, "--add-redirect-uri", OTHER)
    assert OTHER in changed["redirect_uris"]
    assert changed["stops"] == []
    wait_until(lambda: all(opens(node, made, OTHER) for node in nodes), 1)
    changed = cli.ok("apps", "change", made.client_id, "--remove-redirect-uri", OTHER)
    assert [OTHER in line for line in changed["stops"]] == [True, True], "of codes, of logouts"
    wait_until(lambda: not any(opens(node, made, OTHER) for node in nodes), 1)


def test_a_code_for_a_redirect_uri_that_was_removed_is_refused(
    nodes: tuple[Server, Server], cli: Cli
) -> None:
    server = nodes[0]
    made, person = new_client(server), new_person(server)
    code, _ = get_code(server, made, person, STANDARD)
    uris = cli.ok("apps", "show", made.client_id)["redirect_uris"]
    dry = cli.ok("apps", "change", made.client_id, "--redirect-uri", OTHER, "--dry-run")
    assert dry["dry_run"] is True
    assert cli.ok("apps", "show", made.client_id)["redirect_uris"] == uris
    cli.ok("apps", "change", made.client_id, "--redirect-uri", OTHER)
    wait_until(lambda: opens(server, made, OTHER), 1)
    reply = redeem(server, made, code, STANDARD)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert "registered no more" in reply.json["error_description"]


def test_a_web_origin_comes_and_goes_on_every_process(
    nodes: tuple[Server, Server], cli: Cli
) -> None:
    made, origin = new_client(nodes[0], public=True), "https://pages.example"

    def may_read() -> list[bool]:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        replies = [n.request("OPTIONS", f"{STANDARD}/token", headers=asked) for n in nodes]
        return [reply.headers["Access-Control-Allow-Origin"] == origin for reply in replies]

    assert may_read() == [False, False]
    cli.ok("apps", "change", made.client_id, "--add-web-origin", origin)
    wait_until(lambda: may_read() == [True, True], 1)
    cli.ok("apps", "change", made.client_id, "--remove-web-origin", origin)
    wait_until(lambda: may_read() == [False, False], 1)


def leads_to_pages(node: Server, made: Made, **more: str | None) -> bool:
    parts = urllib.parse.urlsplit(authorize_url(node, made, STANDARD, **more))
    reply = node.request("GET", f"{parts.path}?{parts.query}")
    return "/interaction?" in str(reply.headers["Location"])


def test_what_an_application_chooses_is_in_force_on_every_process_within_a_second(
    nodes: tuple[Server, Server], cli: Cli
) -> None:
    made, bye = new_client(nodes[0]), "https://client.example/bye"

    def goes_on(**more: str | None) -> bool:
        return all(leads_to_pages(node, made, **more) for node in nodes)

    def form_of_tokens() -> set[int]:
        replies = [node.form("/token", made, "grant_type=client_credentials") for node in nodes]
        return {str(reply.json.get("access_token")).count(".") for reply in replies}

    def logs_out() -> set[int]:
        query = f"client_id={made.client_id}&post_logout_redirect_uri={urllib.parse.quote(bye)}"
        return {node.request("GET", f"/logout?{query}").status for node in nodes}

    bare: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
    assert not goes_on(scope=None)
    assert not goes_on(nonce="n", **bare)
    assert (form_of_tokens(), logs_out()) == ({0}, {400})
    cli.ok("apps", "change", made.client_id, "--add-default-scope", "openid")
    wait_until(lambda: goes_on(scope=None), 1)
    cli.ok("apps", "change", made.client_id, "--pkce", "or-nonce")
    wait_until(lambda: goes_on(nonce="n", **bare), 1)
    cli.ok("apps", "change", made.client_id, "--pkce", "required", "--add-logout-uri", bye)
    wait_until(lambda: not goes_on(nonce="n", **bare) and logs_out() == {303}, 1)
    options = ("--access-token-format", "jwt", "--remove-default-scope", "openid")
    cli.ok("apps", "change", made.client_id, *options, "--description", "Sells shops")
    wait_until(lambda: form_of_tokens() == {2}, 1)
    shown = cli.ok("apps", "show", made.client_id)
    assert (shown["description"], shown["pkce"]) == ("Sells shops", "required")
    assert (shown["default_scopes"], shown["post_logout_redirect_uris"]) == ([], [bye])


def test_an_api_gets_a_smaller_body_and_another_scope_on_every_process(
    nodes: tuple[Server, Server], cli: Cli
) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    with listening(answer) as upstream:
        trusted = ("--issuer", "orange-m2m", "--issuer", "standard")
        cli.ok("apis", "create", "boxes", "--upstream", upstream, "--max-body", "1000", *trusted)
        made = nodes[0].new_application("boxes")
        token = str(nodes[0].token(made).json["access_token"])

        def statuses(size: int) -> set[int]:
            sent = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
            replies = (n.request("POST", "/boxes/v1/x", b"x" * size, sent) for n in nodes)
            return {reply.status for reply in replies}

        wait_until(lambda: statuses(1000) == {200}, 2)
        assert statuses(1001) == {413}
        changed = cli.ok("apis", "change", "boxes", "--max-body", "10")
        assert (changed["max_body"], len(changed["stops"])) == (10, 1)
        wait_until(lambda: statuses(11) == {413} and statuses(10) == {200}, 1)
        cli.ok("apis", "change", "boxes", "--add-scope", "boxes:write=POST:/")
        wait_until(lambda: statuses(10) == {403}, 1)
        cli.ok("apis", "change", "boxes", "--remove-scope", "boxes:write")
        wait_until(lambda: statuses(10) == {200}, 1)
        cli.ok("apis", "change", "boxes", "--remove-issuer", "orange-m2m")
        wait_until(lambda: statuses(10) == {401}, 1)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("apps", "change", "nobody", "--name", "x"), 1, "No application"),
        (("apps", "change", "{app}", "--name", ""), 1, "1 to 80 printable"),
        (
            ("apps", "change", "{app}", "--remove-web-origin", "https://a.example"),
            1,
            "is not among",
        ),
        (("apps", "change", "{app}", "--id-token-alg", "none"), 2, "--id-token-alg"),
        (("apps", "change", "{app}", "--description", "x\ny"), 1, "in one line"),
        (("apps", "change", "{app}", "--add-default-scope", "poi:gone"), 1, "'poi:gone'"),
        (("apps", "change", "{app}", "--pkce", "off"), 2, "--pkce"),
        (("apps", "change", "{app}", "--access-token-alg", "HS256"), 2, "--access-token-alg"),
        (("apps", "change", "{app}", "--add-logout-uri", "http://a.example/"), 1, "https"),
        (("apis", "change", "nobody", "--title", "x"), 1, "No API"),
        (("apis", "change", "{api}", "--issuer", "nobody"), 2, "--issuer"),
        (("apis", "change", "{api}", "--max-body", "-1"), 2, "--max-body"),
    ],
)
def test_what_cannot_be_changed_is_said(
    nodes: tuple[Server, Server], cli: Cli, args: tuple[str, ...], code: int, said: str
) -> None:
    made = new_client(nodes[0])
    if "{api}" in args:
        name = f"said-{made.client_id[:8].lower()}"
        cli.ok("apis", "create", name, "--upstream", "http://127.0.0.1:9")
        args = tuple(name if arg == "{api}" else arg for arg in args)
    done = cli(*(arg.format(app=made.client_id) for arg in args))
    assert (done.code, said in done.err) == (code, True), done.err


def test_a_person_reads_what_changes_and_what_stops(nodes: tuple[Server, Server], cli: Cli) -> None:
    made = new_client(nodes[0])
    done = cli("apps", "change", made.client_id, "--redirect-uri", OTHER, "--dry-run")
    assert done.code == 0
    assert "redirect_uris: " in done.out
    assert f"-> {OTHER}" in done.out
    assert "stops: No new login returns to https://client.example/callback" in done.out
    assert "Nothing was done" in done.err
    again = cli("apps", "change", made.client_id, "--add-redirect-uri", OTHER)
    assert again.code == 0
    assert (
        "Nothing changes" in cli("apps", "change", made.client_id, "--add-redirect-uri", OTHER).out
    )


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("redirect-uri", "redirect_uris"),
        ("web-origin", "web_origins"),
        ("logout-uri", "post_logout_redirect_uris"),
    ],
)
def test_a_list_is_emptied_at_once(
    nodes: tuple[Server, Server], cli: Cli, option: str, name: str
) -> None:
    made = new_client(nodes[0])
    for at in range(3):
        cli.ok("apps", "change", made.client_id, f"--add-{option}", f"https://client{at}.example")
    assert len(cli.ok("apps", "show", made.client_id)[name]) >= 3
    changed = cli.ok("apps", "change", made.client_id, f"--no-{option}")
    assert changed[name] == []
    assert cli.ok("apps", "show", made.client_id)[name] == []
