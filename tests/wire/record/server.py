"""A server of one front on the fixed database, from the fixed instant on, and what came of each request to it."""

import asyncio
import contextlib
import http.client
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satsuma.keys.master import MasterKey
from satsuma.management import apis
from satsuma.management.accounts import create_account, find_by_email
from satsuma.management.context import ManagementContext
from satsuma.management.edits import Edit
from satsuma.management.keys import open_vault
from satsuma.store.opening import open_store
from tests.servers.process import free_port
from tests.servers.upstream import listening
from tests.wire.record.database import MASTER_KEY, PERSON, new_copy
from tests.wire.record.frozen import NOW
from tests.wire.record.kinds import body_in_kinds, fields_in_kinds
from tests.wire.server import clean_environment, wait_until

ENVIRONMENT = {"SATSUMA_MASTER_KEY": MASTER_KEY}


@dataclass
class Recorder:
    """Sends requests, and keeps each answer in kinds under its name."""

    port: int
    database: str
    answers: dict[str, Any] = field(default_factory=dict)
    people: int = 0

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pages_url(self) -> str:
        return f"http://localhost:{self.port}"

    def ask(
        self,
        name: str | None,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        body: str | None = None,
        pages: bool = False,
    ) -> tuple[http.client.HTTPResponse, str]:
        """Send one request; `name` is under which the answer is kept, None not to keep it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            host = {"Host": f"localhost:{self.port}"} if pages else {}
            connection.request(method, path, body, host | (fields or {}))
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if name is not None:
            self.keep(name, response.status, response.getheaders(), text)
        return response, text

    def keep(self, name: str, status: int, fields: list[tuple[str, str]], text: str) -> None:
        """Keep an answer; a name is given once."""
        assert name not in self.answers, name
        length = {key.lower(): value for key, value in fields}.get("content-length")
        assert not text or length in (None, str(len(text.encode()))), name
        body = body_in_kinds(text)
        if name.endswith("/metrics"):
            body = sorted({line.partition("{")[0].partition(" ")[0] for line in text.splitlines()})
        self.answers[name] = {"status": status, "fields": fields_in_kinds(fields), "body": body}

    def new_person(self) -> str:
        """Make an account with the password of the record; gives its address."""
        self.people += 1
        email = f"play-{self.people}@record.example"

        async def make(context: ManagementContext) -> None:
            known = await find_by_email(context, PERSON)
            await create_account(context, email, "user", known.password_hash)

        asyncio.run(managing(self.database, make))
        return email


async def managing(database: str, work: Any) -> Any:
    """Do management work on a database, at the fixed instant."""
    store = open_store(database)
    try:
        vault = await open_vault(store, MasterKey.parse(MASTER_KEY), None, lambda: NOW)
        return await work(ManagementContext(store, vault, lambda: NOW, "cli:record"))
    finally:
        await store.close()


@contextlib.contextmanager
def recording(folder: Path, front: str) -> Iterator[Recorder]:
    """Serve the fixed database until the block ends."""
    database, port = f"sqlite:///{new_copy(folder)}", free_port()
    (folder / "satsuma.toml").write_text(f'front = "{front}"\n')
    command = [sys.executable, "-m", "tests.wire.record.frozen", "serve", "--port", str(port)]
    command += ["--database", database, "--config", str(folder / "satsuma.toml")]
    with listening() as upstream, (folder / "server.log").open("wb") as log:

        async def move(context: ManagementContext) -> None:
            for name in ("poi:1", "sandbox:1"):
                await apis.change_api(context, name, {"upstream": Edit(upstream)})

        asyncio.run(managing(database, move))
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=clean_environment(ENVIRONMENT)
        )
        recorder = Recorder(port, database)
        try:
            wait_until(
                lambda: _answers(recorder, process),
                30,
                lambda: (folder / "server.log").read_text()[-2000:],
            )
            yield recorder
        finally:
            process.terminate()
            process.wait(timeout=40)


def _answers(recorder: Recorder, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    with contextlib.suppress(OSError):
        return recorder.ask(None, "GET", "/readyz")[0].status == 200
    return False
