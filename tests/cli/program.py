"""The real `satsuma` as a subprocess, in a folder of its own, with nothing from outside."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SATSUMA = Path(sys.executable).with_name("satsuma")
OWNER = "ann@example.org"
UPSTREAM = "http://127.0.0.1:9"


@dataclass
class Done:
    """What a command left: its exit code, its output, its complaint."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Cli:
    """Runs commands on one database."""

    database: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        own = {"SATSUMA_DATABASE": self.database, "PATH": f"{SATSUMA.parent}:{os.environ['PATH']}"}
        return {"HOME": str(self.folder), "LANG": "C.UTF-8", **own, **self.environment}

    def __call__(self, *args: str, stdin: str = "", **env: str) -> Done:
        """Run a command and give what it left."""
        done = subprocess.run(
            [SATSUMA, *args],
            input=stdin,
            env=self.env | env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, *args: str, stdin: str = "", **env: str) -> Any:
        """Run a command that must succeed; give its JSON."""
        done = self(*args, "--json", stdin=stdin, **env)
        assert done.code == 0, done.err
        return done.json

    def start(self, *args: str) -> "subprocess.Popen[str]":
        """Start a command, to be waited for by its caller."""
        return subprocess.Popen(
            [SATSUMA, *args],
            env=self.env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def shell(self, line: str) -> Done:
        """Run a line in a shell, as a person pastes it."""
        done = subprocess.run(
            ["bash", "-c", line],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def populate(self) -> dict[str, Any]:
        """Make an owner, an API and an application; give its credentials."""
        self.ok("accounts", "create", OWNER)
        self.ok("apis", "create", "poi", "--upstream", UPSTREAM, "--scope", "poi.read=GET:/shops")
        made: dict[str, Any] = self.ok("apps", "create", "Shops", "--owner", OWNER, "--api", "poi")
        return made


def new_cli(folder: Path, database: str | None = None) -> Cli:
    """Give a place with an empty database; PostgreSQL gets its master key and schema first."""
    if database is None:
        return Cli(f"sqlite:///{folder / 'facts.db'}", folder)
    cli = Cli(database, folder, {"SATSUMA_MASTER_KEY_FILE": str(folder / "master.key")})
    made = Cli(database, folder)("keys", "make-master", str(folder / "master.key"))
    assert made.code == 0, made.err
    cli.ok("db", "upgrade")
    return cli
