"""`satsuma doctor`: why a request fails, piece by piece, with the command that mends it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from satsuma_client.cli import profiles
from satsuma_client.cli.diagnosis import Finding, Replay, redirect_uri_says, without
from satsuma_client.cli.mends import Known
from satsuma_client.cli.working import json_option, printable, told

if TYPE_CHECKING:
    from satsuma_client.http.transport import HttpRequest

FINDINGS: Final = 4
"""The exit code where there are findings, as `satsuma server doctor` has it."""
_CLOCK: Final = "sudo timedatectl set-ntp true"


@click.command()
@click.argument("url", required=False)
@click.option(
    "--request",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The failing request: a file with its curl command, as `error.curl` has it.",
)
@click.option("--redirect-uri", help="The redirect URI as it is registered.")
@click.option("--mend", metavar="NAME", help="Write the request into its file without this fault.")
@click.option("--profile", metavar="PROFILE", help="Without --request: whose set-up to look at.")
@json_option
def doctor(
    url: str | None,
    file: Path | None,
    redirect_uri: str | None,
    mend: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Say why a request fails, the likeliest first, each with the command that mends it.

    With --request, URL is the server that it is meant for, if not the one it goes to. Without,
    the profile's token is got, and URL is called with it. Exit code 4: there are findings.
    """
    with told():
        if file is None:
            if mend is not None or redirect_uri is not None:
                raise click.UsageError("--mend and --redirect-uri go with --request FILE")
            from satsuma_client.cli.profile_doctor import findings_of_profile

            found = findings_of_profile(profiles.find(profile), url)
        else:
            known = Known(_token_endpoint(url), redirect_uri)
            if mend is not None:
                _mend(file, mend, known)
                return
            found = _findings(file, known, url)
    _show(found, as_json)
    if found:
        raise SystemExit(FINDINGS)


def _token_endpoint(url: str | None) -> str | None:
    """The token endpoint of the server that is meant, as its metadata has it; raises OAuthError."""
    if url is None:
        return None
    from satsuma_client.http.discovery import discover
    from satsuma_client.http.transport import ByUrllib

    return discover(url.rstrip("/"), ByUrllib()).token_endpoint


def _read(file: Path) -> HttpRequest:
    from satsuma_client.cli.curl_file import read_command

    return read_command(file.read_text())


def _mend(file: Path, name: str, known: Known) -> None:
    from satsuma_client.cli.curl_file import put_command

    request = _read(file)
    if name.startswith("scope:"):
        refused = tuple(name.removeprefix("scope:").split(","))
        mended: HttpRequest | None = Replay(request, known, _transport()).without_scopes(refused)
    else:
        mended = without(request, name, known)
    if mended is None:
        raise click.ClickException(f"{file} has no fault that is called {printable(name)}")
    put_command(file, mended)
    click.echo(f"{file} is written anew, readable by you alone", err=True)


def _transport() -> Any:
    from satsuma_client.http.transport import ByUrllib

    return ByUrllib()


def _findings(file: Path, known: Known, url: str | None) -> list[Finding]:
    replay = Replay(_read(file), known, _transport())
    faults = replay.faults()
    causes = [mend for mend, _ in faults]
    again = ["satsuma", "doctor", *([url] if url else []), "--request", str(file)]
    if known.redirect_uri is not None:
        again += ["--redirect-uri", known.redirect_uri]
    found = [
        Finding(
            mend.name,
            redirect_uri_says(replay.request, known.redirect_uri)
            if mend.name == "redirect-uri"
            else mend.says,
            shlex.join([*again, "--mend", mend.name]),
        )
        for mend in causes
    ]
    rest = replay.rest(causes)
    skew = replay.skew
    if rest is not None:
        refused = replay.refused_scopes(causes)
        if refused:
            says = f"The scope {' '.join(refused)} is refused to this application; the others are given."
            command = shlex.join([*again, "--mend", "scope:" + ",".join(refused)])
            found.append(Finding("scope-refused", says, command))
        else:
            found.append(left_over(rest))
    if skew:
        found.append(clock_finding(skew))
    return found


def left_over(error: Any) -> Finding:
    """What the server says itself, where nothing of the request's form is amiss."""
    says = str(error).partition("\n")[0]
    fix = f" {error.fix}" if error.fix else ""
    command = f"satsuma explain {error.request_id}" if error.request_id else ""
    return Finding("refused", says + "." + fix, command)


def clock_finding(skew: float) -> Finding:
    """By how much this machine's clock is off, as the server's Date says."""
    way = "behind" if skew > 0 else "ahead"
    says = (
        f"This machine's clock is {abs(skew):.0f} s {way}: what is dated or signed here is refused."
    )
    return Finding("clock", says, _CLOCK)


def _show(found: list[Finding], as_json: bool) -> None:
    if as_json:
        told = [{"name": each.name, "says": each.says, "command": each.command} for each in found]
        click.echo(json.dumps(told, indent=2))
        return
    if not found:
        click.echo("Nothing is wrong", err=True)
    for number, each in enumerate(found, 1):
        click.echo(f"{number}. {each.name}: {printable(each.says)}")
        if each.command:
            click.echo(f"   {printable(each.command)}")
