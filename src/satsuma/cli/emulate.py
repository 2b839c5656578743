"""`satsuma emulate`: the platform as `https://api.orange.com`, for programs that have that address built in."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from satsuma_client.cli.whole import Whole

if TYPE_CHECKING:
    from satsuma.testing.emulation import EmulatedServer


@click.command()
@click.option("--host", default="127.0.0.1", help="The loopback address to listen on [127.0.0.1].")
@click.option("--port", type=Whole(0, 65535), default=443, help="The port of TLS [443].")
@click.option(
    "--ca",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the CA's certificate is written [a file that goes when this ends].",
)
@click.option(
    "--redirect-uri", "redirect_uris", metavar="URL", multiple=True, help="Of the application."
)
def emulate(host: str, port: int, ca: Path | None, redirect_uris: tuple[str, ...]) -> None:
    """Answer as https://api.orange.com on this machine, for tests; all in memory."""
    from satsuma.testing.emulation import EmulatedServer

    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    with (
        tempfile.TemporaryDirectory(prefix="satsuma-emulate-") as folder,
        EmulatedServer(tls_host=host, tls_port=port) as server,
    ):
        file = (ca or Path(folder) / "ca.pem").absolute()
        file.write_bytes(server.authority.pem)
        application = server.guide_application(redirect_uris)
        sys.stdout.write("\n".join(_said(server, file, application)))
        sys.stdout.flush()
        ended.wait()


def _said(server: EmulatedServer, ca: Path, application: Any) -> tuple[str, ...]:
    return (
        "",
        f"Satsuma answers as {server.url} on this machine, for tests; nothing is kept.",
        "",
        f"  hosts line            {server.hosts_line()}",
        f"  CA                    {ca}",
        f"  pages                 {server.pages_url}",
        f"  control               {server.control_url}",
        f"  control key           {server.control_key.reveal()}",
        f"  client_id             {application.client_id}",
        f"  Authorization header  {application.authorization_header}",
        "",
        "The CA is good for that name alone and for seven days; its key is in this process and nowhere else.",
        "Stop with Ctrl+C, and take the hosts line away.",
        "",
    )
