"""The settings: one frozen tree, read once from a TOML file, then the environment, then the command line.

An unknown key refuses to start. A room receives its own slice, never the tree.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from satsuma.accounts.passwords import RECOMMENDED, PasswordCost, is_enough
from satsuma.app.issuer_settings import BadSettings, IssuerSettings, policy_of
from satsuma.app.service_settings import (
    read_database,
    read_field_names,
    read_listening,
    read_networks,
    read_origin,
    read_redis,
    read_sender,
    read_smtp_url,
)
from satsuma.app.setting_files import faults_of_files
from satsuma.app.setting_sources import SettingSources
from satsuma.domain.issuers import PRESETS, IssuerPolicy
from satsuma_client.protocol import loopback
from satsuma_client.protocol.secret import Secret

__all__ = ["BadSettings", "IssuerSettings", "Settings", "environment", "load_settings"]

SECRETS: Final = ("master_key", "metrics_token", "smtp_url")
UNREPEATED: Final = (*SECRETS, "database", "redis")
"""What may hold a password: no message repeats it."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def _read(kind: str, read: Callable[[Any], Any]) -> dict[str, Any]:
    """How a setting that names a service is read before it is used; `kind` is its type in words."""
    return {"kind": kind, "read": read}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings of a server."""

    host: Annotated[
        str, Meta(description="The address to listen on.", extra=_read("address", read_listening))
    ] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on.")] = 8400
    api_url: Annotated[
        str,
        Meta(
            description="Public URL of the API surface; default http://127.0.0.1:PORT.",
            extra=_read("origin", read_origin),
        ),
    ] = ""
    pages_url: Annotated[
        str,
        Meta(
            description="Public URL of the pages; default http://localhost:PORT.",
            extra=_read("origin", read_origin),
        ),
    ] = ""
    tls_cert: Annotated[str | None, Meta(description="PEM file of the certificate chain.")] = None
    tls_key: Annotated[str | None, Meta(description="PEM file of the private key.")] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="CIDR blocks of proxies whose X-Forwarded-For counts.",
            extra=_read("list of CIDR blocks, in a variable separated by commas", read_networks),
        ),
    ] = ()
    withheld_fields: Annotated[
        tuple[str, ...],
        Meta(
            description="More header fields that no upstream sees of a caller; * at the end: all that begin so.",
            extra=_read("list of names, in a variable separated by commas", read_field_names),
        ),
    ] = ()
    access_log: Annotated[
        bool,
        Meta(
            description="A log line for each request; else for those refused or failed, and a count a minute."
        ),
    ] = False
    connections_per_source: Annotated[
        int,
        Meta(
            ge=0,
            description="Open connections of one address, or IPv6 /64, in a process; trusted proxies any; 0: no bound.",
        ),
    ] = 1000
    database: Annotated[
        str,
        Meta(
            description="sqlite:///PATH or postgresql://USER@HOST/NAME.",
            extra=_read("URL", read_database),
        ),
    ] = "sqlite:///var/satsuma.db"
    redis: Annotated[
        str | None,
        Meta(
            description="redis:// or valkey:// URL of the shared counters; none: each process counts alone.",
            extra=_read("URL", read_redis),
        ),
    ] = None
    workers: Annotated[
        int, Meta(ge=1, le=64, description="Processes; above 1 needs PostgreSQL and Redis.")
    ] = 1
    mode: Annotated[
        Literal["production", "demo", "test"],
        Meta(description="Demo and test bind loopback only and mark their database."),
    ] = "production"
    front: Annotated[
        Literal["hot", "asgi"],
        Meta(description="Whether hot endpoints are answered before the ASGI application."),
    ] = "hot"
    master_key: Annotated[
        Secret | None,
        Meta(
            description="The master key, base64url of 32 bytes; an embedded database makes its own."
        ),
    ] = None
    metrics_token: Annotated[
        Secret | None,
        Meta(description="Bearer token for /metrics; none: loopback callers only."),
    ] = None
    log_format: Annotated[Literal["json", "console"], Meta(description="How log lines read.")] = (
        "json"
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least level logged.")
    ] = "info"
    checkpoints: Annotated[
        str | None,
        Meta(
            description="File for signed audit checkpoints, outside the database; default beside it."
        ),
    ] = None
    content: Annotated[
        str | None,
        Meta(
            description="Folder with en/ and fr/ of articles of yours in Markdown; the name of one of ours replaces it."
        ),
    ] = None
    staleness: Annotated[
        int,
        Meta(
            ge=5,
            le=300,
            description="Seconds without a read of the feed before tokens are refused.",
        ),
    ] = 30
    drain: Annotated[
        int, Meta(ge=0, le=300, description="Seconds between SIGTERM and closing the listener.")
    ] = 1
    secrets: Annotated[
        Literal["show", "show-once"],
        Meta(description="Whether an owner can see a client secret again."),
    ] = "show"
    sign_up: Annotated[
        Literal["open", "invite", "closed"] | None,
        Meta(
            description="Who may sign up: anybody, who is invited, or nobody; default closed, in a demo or test open."
        ),
    ] = None
    sandbox: Annotated[
        bool,
        Meta(
            description="Whether anybody may try the platform for a day without an account, at the APIs marked for it."
        ),
    ] = False
    command_line_client: Annotated[
        bool,
        Meta(
            description="Whether `satsuma login URL` works here, by the built-in public client `satsuma-cli`."
        ),
    ] = True
    password_memory: Annotated[
        int,
        Meta(ge=7168, le=1_048_576, description="KiB of memory that hashing a password takes."),
    ] = RECOMMENDED.memory
    password_passes: Annotated[int, Meta(ge=1, le=20, description="Passes over that memory.")] = (
        RECOMMENDED.passes
    )
    smtp_url: Annotated[
        Secret | None,
        Meta(
            description="smtp:// or smtps:// URL that mail leaves by, with user and password if it needs them.",
            extra=_read("secret URL", read_smtp_url),
        ),
    ] = None
    mail_from: Annotated[
        str,
        Meta(
            description="The sender of mails: NAME <ADDRESS>, or ADDRESS.",
            extra=_read("mailbox", read_sender),
        ),
    ] = "Satsuma <no-reply@localhost>"
    run_dir: Annotated[
        str | None,
        Meta(description="Folder for workers' counters; default a private temporary one."),
    ] = None
    issuers: Annotated[
        dict[str, IssuerSettings], Meta(description="Issuers by name, each on a preset.")
    ] = {}

    def policies(self) -> tuple[IssuerPolicy, ...]:
        """The policy of each enabled issuer; raises BadSettings."""
        named = {name: IssuerSettings() for name in PRESETS} | self.issuers
        policies, faults = [], []
        for name, each in named.items():
            try:
                policies += [policy_of(name, each)] if each.enabled else []
            except BadSettings as problem:
                faults.append(str(problem))
        if not policies and not faults:
            faults.append("issuers: none is enabled, and a server without one has nothing to serve")
        paths = [policy.path for policy in policies]
        if len(set(paths)) != len(paths):
            faults.append("issuers: two issuers have the same path")
        if faults:
            raise BadSettings("\n".join(faults))
        return tuple(policies)

    def loosened(self) -> list[str]:
        """Name each value that is weaker than the default, one line each."""
        lines = []
        if not is_enough(PasswordCost(self.password_memory, self.password_passes)):
            lines.append(
                f"a password's hash takes {self.password_memory} KiB and {self.password_passes} passes "
                f"(default {RECOMMENDED.memory} and {RECOMMENDED.passes})"
            )
        if any(network.endswith("/0") for network in self.trusted_proxies):
            lines.append(
                "everybody is a trusted proxy, and says what address they come from (default nobody)"
            )
        if self.sandbox:
            lines.append("anybody may open a sandbox without an account (default nobody)")
        for policy in self.policies():
            preset = PRESETS.get(policy.name)
            if preset and policy.token_limit > preset.token_limit:
                lines.append(
                    f"issuer {policy.name} allows {policy.token_limit} token requests per "
                    f"{int(policy.token_window.total_seconds())} s (default {preset.token_limit})"
                )
            if policy.token_life > timedelta(hours=1):
                lines.append(f"issuer {policy.name} makes tokens that live {policy.token_life}")
        if self.mode != "production":
            lines.append(f"{self.mode} mode: not for the public")
        return lines

    def shows_mail(self) -> bool:
        """Say whether mails are shown at `/dev/mail` instead of being sent: in a demo or a test without a server."""
        return self.mode != "production" and self.smtp_url is None

    def sends_no_mail(self) -> str | None:
        """Say what does not work in production without a mail server; None where mail leaves, or is shown."""
        if self.mode != "production" or self.smtp_url is not None:
            return None
        return (
            "No mail leaves this server: nobody can sign up, set a new password or change an address; "
            "set SATSUMA_SMTP_URL_FILE"
        )


def load_settings(
    file: Path | None, environ: Mapping[str, str], options: Mapping[str, Any]
) -> Settings:
    """Read the settings; later sources win. Raises BadSettings, which tells all that is wrong at once."""
    sources = SettingSources(setting_types(), SECRETS, UNREPEATED)
    if file is not None:
        sources.read_file(file)
    sources.read_environment(environ)
    sources.read_options(options)
    found = sources.values()
    sources.faults.extend(_useless_secrets(sources, found))
    for name, says in (*_bad_keys(found), *faults_of_files(found)):
        sources.faults.append(f"{name} ({sources.given[name][1]}): {says}")
    sources.refuse()
    settings = _with_urls(Settings(**found))
    sources.faults.extend(_disagreements(settings))
    sources.refuse()
    return settings


def _useless_secrets(sources: SettingSources, found: Mapping[str, Any]) -> Iterator[str]:
    """Say which secret is empty, as its file may be the wrong one and what is compared with it would be anybody's.

    A token that no request can have would let nobody in.
    """
    for name in SECRETS:
        secret = found.get(name)
        if secret is not None and not secret.reveal().strip():
            variable = f"SATSUMA_{name.upper()}"
            yield f"{name} ({sources.given[name][1]}): it is empty: write the secret, or leave {variable} out"
    token = found.get("metrics_token")
    if token is not None and token.reveal().strip() and _CONTROL.search(token.reveal()):
        where = sources.given["metrics_token"][1]
        yield f"metrics_token ({where}): it has a character that no request can have: write it in one line"


def _bad_keys(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say that the master key is none; one that is empty is told as every secret is."""
    key = found.get("master_key")
    if key is not None and key.reveal().strip():
        from satsuma.keys.master import MasterKey

        try:
            MasterKey.parse(key.reveal())
        except ValueError as problem:
            yield "master_key", f"{problem}: `satsuma keys make-master FILE` makes one"


@cache
def setting_types() -> Mapping[str, Any]:
    """The type of each setting, with its bounds and what reads it."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hints[name] for name in Settings.__struct_fields__}


def _with_urls(settings: Settings) -> Settings:
    scheme = "https" if settings.tls_cert else "http"
    return msgspec.structs.replace(
        settings,
        api_url=settings.api_url or f"{scheme}://127.0.0.1:{settings.port}",
        pages_url=settings.pages_url or f"{scheme}://localhost:{settings.port}",
    )


def _disagreements(settings: Settings) -> Iterator[str]:
    """Say where settings, each good by itself, do not hold together."""
    for name in ("api_url", "pages_url"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme == "http" and parts.hostname not in loopback.NAMES:
            yield f"{name} is http on a public host: serve it over https"
    if settings.api_url == settings.pages_url:
        yield "api_url and pages_url are two origins: give each its own host"
    if settings.mode != "production" and settings.host not in loopback.NAMES:
        yield f"{settings.mode} mode binds loopback only, not {settings.host}"
    if settings.workers > 1 and not settings.database.startswith("postgresql"):
        yield "workers above 1 need PostgreSQL: one process serves a SQLite file"
    if settings.workers > 1 and settings.redis is None:
        yield "workers above 1 need redis, or each would count the limits alone"
    try:
        settings.policies()
    except BadSettings as problem:
        yield from str(problem).splitlines()


def environment() -> Mapping[str, str]:
    """The process's environment: the one place that reads it."""
    return os.environ
