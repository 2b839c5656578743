"""Nothing secret is written down: not in a log, not in the database, not on a page."""

import base64
import json
import sqlite3
from pathlib import Path

from tests.oauth.flow import (
    FRENCH,
    PASSWORD,
    VERIFIER,
    get_code,
    new_client,
    new_person,
    redeem,
    refresh,
)
from tests.wire.server import Server, run_satsuma, running_server, wait_until

WRONG = "a-wrong-but-plausible-secret-0123456789"


def everything_written(folder: Path) -> dict[str, bytes]:
    """Give the bytes of every file that the run wrote, but the key file."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".key"]
    return {str(path): path.read_bytes() for path in files}


def full_run(server: Server) -> dict[str, str]:
    """Do what people do, rightly and wrongly, and give every secret that was in play."""
    secrets = {"password": PASSWORD, "code_verifier": VERIFIER, "wrong secret": WRONG}
    client, person = new_client(server), new_person(server)
    secrets["client_secret"] = client.client_secret
    secrets["basic"] = client.authorization.removeprefix("Basic ")
    machine = server.token(client).json["access_token"]
    secrets["access token"] = machine
    wrong = base64.b64encode(f"{client.client_id}:{WRONG}".encode()).decode()
    assert server.token(Authorization=f"Basic {wrong}").status == 401
    assert server.token(Authorization=f"Basic {WRONG}").status == 401
    assert server.token(body=f"grant_type=client_credentials&client_secret={WRONG}").status == 401
    assert server.token(client, body=f"grant_type={WRONG}").status == 400
    assert server.token(client, body=f"grant_type=client_credentials&scope={WRONG}").status == 400
    server.call("/poi/v1/shops", machine)
    server.call("/poi/v1/shops", WRONG)
    server.request("GET", f"/poi/v1/shops?access_token={machine}")
    code, agent = get_code(server, client, person, FRENCH)
    secrets["code"] = code
    secrets["session"] = next(v for k, v in agent.cookies.items() if k.endswith("session"))
    answer = redeem(server, client, code, FRENCH).json
    for name in ("access_token", "refresh_token", "id_token"):
        secrets[f"user's {name}"] = answer[name]
    secrets["refreshed"] = refresh(server, client, answer["refresh_token"]).json["access_token"]
    assert refresh(server, client, answer["refresh_token"] + "x").status == 400
    assert redeem(server, client, code, FRENCH).status == 400
    server.form(f"{FRENCH}/revoke", client, f"token={answer['refresh_token']}")
    server.form("/oauth/v3/introspect", client, f"token={machine}")
    return secrets


def test_no_secret_is_written_anywhere(tmp_path: Path) -> None:
    with running_server(tmp_path, config='log_level = "debug"\n') as server:
        secrets = full_run(server)
        database = tmp_path / "satsuma.db"

        def logged() -> bool:
            with sqlite3.connect(database) as connection:
                rows = connection.execute("SELECT count(*) FROM request_log").fetchone()
            return bool(rows[0] >= 8)

        wait_until(logged, 10)
        explained = run_satsuma("audit", "list", "--json", "--database", server.database)
        assert explained.returncode == 0, explained.stderr
    written = everything_written(tmp_path)
    written["audit list"] = explained.stdout.encode()
    assert any(path.endswith(".log") for path in written)
    for name, secret in secrets.items():
        for path, content in written.items():
            assert secret.encode() not in content, f"{name} stands in {path}"


def test_a_log_line_names_the_request_id(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
        assert lines
        assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
