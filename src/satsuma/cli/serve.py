"""`satsuma serve` and `satsuma demo`: run the platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma_client.cli.whole import Whole

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--host", help="The address to listen on [127.0.0.1]."),
    click.option("--port", type=Whole(0, 65535), help="The port to listen on [8400]."),
    click.option("--api-url", metavar="URL", help="Public URL of the API surface."),
    click.option("--pages-url", metavar="URL", help="Public URL of the pages."),
    click.option("--tls-cert", metavar="FILE", type=click.Path(path_type=str)),
    click.option("--tls-key", metavar="FILE", type=click.Path(path_type=str)),
    click.option(
        "--trusted-proxies",
        metavar="CIDR",
        multiple=True,
        help="Proxies whose X-Forwarded-For counts; repeat it, or separate by commas.",
    ),
    click.option("--redis", metavar="URL", help="Where counters are shared."),
    click.option("--workers", type=Whole(1, 64), help="Processes [1]."),
)


def _server_options(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@_server_options
@click.option(
    "--test",
    is_flag=True,
    help="Loopback only. Without a database: all in memory, and moved by a control endpoint, whose "
    "key is printed. A database is marked as a test's for good.",
)
@database_options
def serve(command: CommandContext, test: bool, **options: Any) -> None:
    """Serve the platform until SIGTERM, which drains."""
    if test and not command.names_database():
        from satsuma.cli.test_server import run_test_server

        run_test_server(_named(options))
        return
    from satsuma.app.serving import run

    run(command.settings(**_named(options), mode="test" if test else None))


@click.command()
@_server_options
@database_options
def demo(command: CommandContext, **options: Any) -> None:
    """Serve with demo data and two demo upstreams; loopback only."""
    from satsuma.demo.running import run_demo

    run_demo(command.settings(**_named(options), mode="demo"))


def _named(options: dict[str, Any]) -> dict[str, Any]:
    return options | {"trusted_proxies": ",".join(options["trusted_proxies"]) or None}
