"""The one database of every play: `database.sql`, and what its secrets are (`known.json`).

`python -m tests.wire.record.database` wrote both; they stay as release 0.1 wrote them, so that every play also shows
that a database of that release is served as it is.
"""

import asyncio
import json
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import time_machine

from satsuma.accounts.passwords import hash_password
from satsuma.domain.apis import RequestPolicy, ScopeRule
from satsuma.domain.limits import Limits
from satsuma.keys.algorithms import SEAL
from satsuma.keys.master import MasterKey
from satsuma.management import apis, subscriptions
from satsuma.management.accounts import block_account, create_account
from satsuma.management.applications import create_application, revoke_application, set_state
from satsuma.management.context import ManagementContext
from satsuma.management.keys import ensure_keys, open_vault
from satsuma.store.opening import open_store
from satsuma.store.upkeep import upgrade
from satsuma_client.protocol.names import ID_TOKEN_ALGORITHMS
from satsuma_client.protocol.secret import Secret
from tests.wire.record.frozen import NOW

HERE = Path(__file__).parent
MASTER_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"
OWNER = "owner@record.example"
PERSON = "person@record.example"
BLOCKED = "blocked@record.example"
PASSWORD = "orange peel and pips"
REDIRECT = "https://client.example/callback?keep=1"
ORIGIN = "https://app.example"
EVERY_ISSUER = ("orange-m2m", "orange-u2m", "standard")


def known() -> dict[str, dict[str, str]]:
    """Give the credentials in the database, by a short name."""
    found: dict[str, dict[str, str]] = json.loads((HERE / "known.json").read_text())
    return found


def new_copy(folder: Path) -> Path:
    """Put the database into a folder, upgraded to this release; gives its path."""
    path = folder / "satsuma.db"
    with sqlite3.connect(path) as database:
        database.executescript((HERE / "database.sql").read_text())
    database.close()
    upgrade(f"sqlite:///{path}")
    return path


async def _fill(url: str) -> dict[str, dict[str, str]]:
    store = open_store(url)
    try:
        vault = await open_vault(store, MasterKey.parse(MASTER_KEY), "production", lambda: NOW)
        context = ManagementContext(store, vault, lambda: NOW, "cli:record")
        await ensure_keys(context, (SEAL, *sorted({*ID_TOKEN_ALGORITHMS, "EdDSA"})))
        return await _write(context)
    finally:
        await store.close()


async def _write(context: ManagementContext) -> dict[str, dict[str, str]]:
    hashed = hash_password(Secret(PASSWORD))
    await create_account(context, OWNER, "developer", hashed)
    await create_account(context, PERSON, "user", hashed)
    await create_account(context, BLOCKED, "user", hashed)
    await block_account(context, BLOCKED)
    said: dict[str, dict[str, str]] = {}
    for new in _apis():
        api, secret = await apis.create_api(context, new)
        said[f"api-{api.name}"] = {"id": api.resource_id, "secret": secret.reveal()}
    await apis.set_life_cycle(context, "old:1", "retired")
    for name, options in _applications().items():
        made = await create_application(context, name, OWNER, **options)
        said[name] = {
            "application_id": made.application.application_id,
            "id": made.application.client_id,
            "secret": "" if made.client_secret is None else made.client_secret.reveal(),
        }
    await set_state(context, said["blocked"]["id"], "blocked")
    await revoke_application(context, said["revoked"]["id"])
    await subscriptions.set_subscription(context, said["left"]["id"], "poi:1", "revoked")
    return said


def _apis() -> list[apis.NewApi]:
    upstream = "http://127.0.0.1:9"
    read, write = ScopeRule("poi:read", ("GET", "HEAD")), ScopeRule("poi:write", ("PUT", "DELETE"))
    texts = (("poi:read", "", "Look for shops"), ("poi:read", "fr", "Chercher des boutiques"))
    return [
        apis.NewApi(
            "poi",
            1,
            "Points of interest",
            upstream,
            (read, write),
            EVERY_ISSUER,
            policy=RequestPolicy(methods=("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
            limits=Limits(spike_per_second=1000),
            scope_texts=texts,
        ),
        apis.NewApi("sandbox", 1, "Sandbox", upstream, (ScopeRule("sandbox"),), EVERY_ISSUER),
        apis.NewApi("old", 1, "Old", upstream, (ScopeRule("old"),), EVERY_ISSUER),
    ]


def _applications() -> dict[str, dict[str, Any]]:
    web = {"redirect_uris": [REDIRECT], "web_origins": [ORIGIN]}
    return {
        "machine": {"apis": ["poi:1", "sandbox:1"]},
        "web": {"apis": ["poi:1"], **web},
        "public": {"public": True, **web},
        "es256": {"id_token_signed_response_alg": "ES256", **web},
        "pending": {"state": "pending"},
        "blocked": {},
        "revoked": {},
        "left": {"apis": ["poi:1"]},
    }


def main() -> None:
    """Write the database anew."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "satsuma.db"
    with time_machine.travel(NOW, tick=True):
        said = asyncio.run(_fill(f"sqlite:///{path}"))
    database = sqlite3.connect(path)
    try:
        lines = [line for line in database.iterdump() if "sqlite_stat" not in line]
        for pragma in ("user_version", "application_id"):
            (value,) = database.execute(f"PRAGMA {pragma}").fetchone()
            lines.append(f"PRAGMA {pragma} = {value};")
    finally:
        database.close()
    (HERE / "database.sql").write_text("\n".join(lines) + "\n")
    (HERE / "known.json").write_text(json.dumps(said, indent=1) + "\n")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
