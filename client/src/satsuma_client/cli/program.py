"""The command line's root; each noun has its own file."""

from __future__ import annotations

import click

from satsuma import __version__
from satsuma.cli.accounts import accounts
from satsuma.cli.apis import apis
from satsuma.cli.apps import apps
from satsuma.cli.audit import audit
from satsuma.cli.db import db
from satsuma.cli.explain import explain
from satsuma.cli.failures import OneLine
from satsuma.cli.keys import keys
from satsuma.cli.serve import demo, serve
from satsuma.cli.server import server


@click.group(cls=OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="satsuma")
def satsuma() -> None:
    """OAuth 2.0 as one thing you can run.

    Exit codes: 0 done; 1 refused or not possible; 2 the command line or the settings make no
    sense; 3 the database is unavailable or stands at another revision; 4 there are findings.
    """


for _command in (serve, demo, accounts, apps, apis, keys, db, audit, explain, server):
    satsuma.add_command(_command)
