"""`satsuma serve --test` without a database: the platform for tests of programs in any language, until a signal."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any, Final

DEFAULT_PORT: Final = 8400


def run_test_server(options: dict[str, Any]) -> None:
    """Serve until SIGTERM or SIGINT; raises BadSettings, and OSError where the port is taken."""
    from satsuma.app.settings import environment
    from satsuma.testing.control import ControlledServer

    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    given = {name: value for name, value in options.items() if value is not None}
    given.setdefault("port", DEFAULT_PORT)
    with ControlledServer(**given) as server:
        unread = sorted(name for name in environment() if name.startswith("SATSUMA_"))
        if unread:
            sys.stderr.write(f"satsuma: a test's server does not read {', '.join(unread)}\n")
        sys.stdout.write(
            "\n".join(
                (
                    "",
                    "Satsuma is running for tests: on this machine alone, and nothing is kept.",
                    "",
                    f"  API            {server.url}",
                    f"  pages          {server.pages_url}",
                    f"  control        {server.control_url}",
                    f"  control key    {server.control_key.reveal()}",
                    "",
                    f"What can be asked there: {server.control_url}/openapi.json",
                    "Stop with Ctrl+C.",
                    "",
                )
            )
        )
        sys.stdout.flush()
        ended.wait()
