"""Every command, with `--json` where it has it, one after another on one copy of the fixed database."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.wire.record.database import MASTER_KEY, OWNER, PERSON, REDIRECT, known, new_copy
from tests.wire.record.kinds import body_in_kinds
from tests.wire.server import clean_environment

LINES = (
    ("apps", "list"),
    ("apps", "list", "--json"),
    ("apps", "show", "{machine}"),
    ("apps", "show", "{machine}", "--json"),
    ("apps", "show", "nobody", "--json"),
    ("apps", "create", "New", "--owner", OWNER, "--api", "poi:1", "--json"),
    ("apps", "create", "New", "--owner", OWNER, "--json"),
    ("apps", "create", "Web", "--owner", OWNER, "--redirect-uri", REDIRECT, "--public", "--json"),
    ("apps", "create", "Bad", "--owner", OWNER, "--redirect-uri", "http://x.example/", "--json"),
    ("apps", "renew", "{web}", "--overlap", "1h", "--json"),
    ("apps", "renew", "{web}", "--json"),
    ("apps", "block", "{es256}", "--json"),
    ("apps", "unblock", "{es256}", "--json"),
    ("apps", "unblock", "{revoked}", "--json"),
    ("apps", "subscribe", "{web}", "sandbox:1", "--json"),
    ("apps", "subscribe", "{web}", "sandbox:1", "--json"),
    ("apps", "unsubscribe", "{web}", "sandbox:1", "--json"),
    ("apps", "change", "{web}", "--name", "Renamed", "--dry-run", "--json"),
    ("apps", "change", "{web}", "--add-web-origin", "https://pages.example", "--json"),
    ("apps", "revoke", "{left}", "--json"),
    ("apis", "list"),
    ("apis", "list", "--json"),
    ("apis", "create", "new", "--title", "New", "--upstream", "http://127.0.0.1:9", "--json"),
    ("apis", "create", "token", "--title", "New", "--upstream", "http://127.0.0.1:9", "--json"),
    ("apis", "change", "poi:1", "--title", "Places", "--json"),
    ("apis", "life-cycle", "poi:1", "deprecated", "--json"),
    (
        "apis",
        "import",
        "{openapi}",
        "--name",
        "weather",
        "--upstream",
        "http://127.0.0.1:9",
        "--json",
    ),
    ("accounts", "list"),
    ("accounts", "list", "--json"),
    ("accounts", "show", PERSON),
    ("accounts", "show", PERSON, "--json"),
    ("accounts", "create", "new@record.example", "--json"),
    ("accounts", "create", "not an address", "--json"),
    ("accounts", "block", PERSON, "--json"),
    ("accounts", "unblock", PERSON, "--json"),
    ("keys", "list"),
    ("keys", "list", "--json"),
    ("keys", "rotate", "--json"),
    ("keys", "make-master", "{folder}/master.key"),
    ("audit", "list"),
    ("audit", "list", "--json"),
    ("audit", "verify", "--json"),
    ("db", "check", "--json"),
    ("db", "prune", "--json"),
    ("db", "backup", "{folder}/backup.db", "--json"),
    ("explain", "0" * 24, "--json"),
    ("requests", "list", "--json"),
    ("server", "doctor", "--json"),
    ("--help",),
    ("--version",),
    ("apps", "--help"),
    ("nothing",),
    ("accounts", "change", PERSON, "--email", "Moved@Record.Example", "--json"),
    ("plans", "create", "gold", "--per-minute", "600", "--per-month", "2500", "--json"),
    ("plans", "create", "gold", "--json"),
    ("plans", "change", "gold", "--per-month", "none", "--needs-approval", "--json"),
    ("plans", "list"),
    ("plans", "list", "--json"),
    ("apps", "subscribe", "{web}", "sandbox:1", "--plan", "gold", "--json"),
    ("apps", "subscribe", "{web}", "sandbox:1", "--plan", "silver", "--json"),
    ("subscriptions", "list"),
    ("subscriptions", "list", "--json"),
    ("subscriptions", "approve", "{web}", "sandbox:1", "--json"),
    ("subscriptions", "refuse", "{web}", "sandbox:1", "--reason", "Too late", "--json"),
    (
        "apis",
        "create",
        "userdetails/fr",
        "--version",
        "2",
        "--upstream",
        "http://127.0.0.1:9",
        "--json",
    ),
    ("apis", "change", "sandbox:1", "--per-day", "9", "--dry-run"),
)
OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "Weather", "version": "1.2.0"},
    "paths": {
        "/forecast": {"get": {"security": [{"oauth": ["weather:read"]}], "responses": {}}},
    },
    "components": {
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://x.example/token",
                        "scopes": {"weather:read": "Read the weather"},
                    }
                },
            }
        }
    },
}


def play(folder: Path) -> dict[str, Any]:
    """Run every line."""
    url = f"sqlite:///{new_copy(folder)}"
    (folder / "weather.json").write_text(json.dumps(OPENAPI))
    places = {name: one["id"] for name, one in known().items()}
    places |= {"folder": str(folder), "openapi": str(folder / "weather.json")}
    lines = [[part.format(**places) for part in line] for line in LINES]
    (folder / "lines.json").write_text(json.dumps(lines))
    own = {"SATSUMA_MASTER_KEY": MASTER_KEY, "SATSUMA_DATABASE": url, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.wire.record.frozen", "--lines", folder / "lines.json"],
        capture_output=True,
        timeout=100,
        env=clean_environment(own),
        check=True,
    )
    found = zip(LINES, json.loads(done.stdout), strict=True)
    return {
        f"{number:02} {' '.join(line)}": {
            "status": came["status"],
            "fields": _shown(came["err"], folder),
            "body": _findings(came["out"]) if "doctor" in line else _shown(came["out"], folder),
        }
        for number, (line, came) in enumerate(found)
    }


def _shown(text: str, folder: Path) -> Any:
    return body_in_kinds(text.replace(str(folder), "<folder>"))


def _findings(text: str) -> list[str]:
    """Keep the names of the doctor's checks."""
    return sorted({each.partition('"')[0] for each in text.split('"check": "')[1:]})
