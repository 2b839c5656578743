"""The settings: one frozen tree, read once from a TOML file, then the environment, then the command line.

An unknown key refuses to start. A room receives its own slice, never the tree.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from satsuma.app.issuer_settings import BadSettings, IssuerSettings, policy_of
from satsuma.domain.issuers import PRESETS, IssuerPolicy
from satsuma_client.protocol import loopback
from satsuma_client.protocol.secret import Secret

__all__ = ["BadSettings", "IssuerSettings", "Settings", "environment", "load_settings"]

SECRETS: Final = ("master_key", "metrics_token", "smtp_url")
_PREFIX: Final = "SATSUMA_"
_FOREIGN: Final = ("SATSUMA_CLIENT_",)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings of a server."""

    host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on.")] = 8400
    api_url: Annotated[
        str, Meta(description="Public URL of the API surface; default http://127.0.0.1:PORT.")
    ] = ""
    pages_url: Annotated[
        str, Meta(description="Public URL of the pages; default http://localhost:PORT.")
    ] = ""
    tls_cert: Annotated[str | None, Meta(description="PEM file of the certificate chain.")] = None
    tls_key: Annotated[str | None, Meta(description="PEM file of the private key.")] = None
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="CIDR blocks of proxies whose X-Forwarded-For counts.")
    ] = ()
    connections_per_source: Annotated[
        int,
        Meta(
            ge=0,
            description="Open connections that one address may have in a process; trusted proxies any; 0: no bound.",
        ),
    ] = 1000
    database: Annotated[str, Meta(description="sqlite:///PATH or postgresql://USER@HOST/NAME.")] = (
        "sqlite:///var/satsuma.db"
    )
    redis: Annotated[
        str | None,
        Meta(description="redis:// URL of the shared counters; none: each process counts alone."),
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
        Meta(description="Who may sign up; default closed, in a demo or test open."),
    ] = None
    smtp_url: Annotated[
        Secret | None,
        Meta(
            description="smtp:// or smtps:// URL that mail leaves by, with user and password if it needs them."
        ),
    ] = None
    mail_from: Annotated[str, Meta(description="The sender of mails.")] = (
        "Satsuma <no-reply@localhost>"
    )
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
        policies = tuple(policy_of(name, each) for name, each in named.items() if each.enabled)
        paths = [policy.path for policy in policies]
        if len(set(paths)) != len(paths):
            raise BadSettings("issuers: two issuers have the same path")
        return policies

    def loosened(self) -> list[str]:
        """Name each value that is weaker than the default, one line each."""
        lines = []
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
    """Read the settings; later sources win. Raises BadSettings."""
    tree: dict[str, Any] = {}
    if file is not None:
        tree.update(_from_file(file))
    tree.update(_from_environment(environ))
    tree.update({name: value for name, value in options.items() if value not in (None, ())})
    try:
        settings = msgspec.convert(tree, Settings, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as problem:
        raise BadSettings(f"settings: {problem}") from None
    return _checked(_with_urls(settings))


def _secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, (str, Secret)):
        return value if isinstance(value, Secret) else Secret(value)
    raise NotImplementedError


def _from_file(file: Path) -> dict[str, Any]:
    try:
        tree = tomllib.loads(file.read_text())
    except OSError as problem:
        raise BadSettings(f"cannot read {file}: {problem.strerror}") from None
    except tomllib.TOMLDecodeError as problem:
        raise BadSettings(f"{file} is not TOML: {problem}") from None
    for name in SECRETS:
        if name in tree:
            raise BadSettings(f"{file}: put {name} into {_PREFIX}{name.upper()}_FILE, not here")
    return tree


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = set(Settings.__struct_fields__) - {"issuers"}
    tree: dict[str, Any] = {}
    for variable, value in environ.items():
        if not variable.startswith(_PREFIX) or variable.startswith(_FOREIGN):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in SECRETS:
            tree[name.removesuffix("_file")] = _read_secret(variable, value)
        elif name in known:
            tree[name] = value.split(",") if name == "trusted_proxies" else value
        else:
            raise BadSettings(f"{variable} is not a setting: see docs/settings.md")
    return tree


def _read_secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as problem:
        raise BadSettings(f"{variable}: cannot read {path}: {problem.strerror}") from None


def _with_urls(settings: Settings) -> Settings:
    scheme = "https" if settings.tls_cert else "http"
    return msgspec.structs.replace(
        settings,
        api_url=(settings.api_url or f"{scheme}://127.0.0.1:{settings.port}").rstrip("/"),
        pages_url=(settings.pages_url or f"{scheme}://localhost:{settings.port}").rstrip("/"),
    )


def _checked(settings: Settings) -> Settings:
    for name in ("api_url", "pages_url"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise BadSettings(f"{name} is scheme and host, without a path: {parts.geturl()}")
        if parts.scheme == "http" and parts.hostname not in loopback.NAMES:
            raise BadSettings(f"{name} is http on a public host: serve it over https")
    if settings.api_url == settings.pages_url:
        raise BadSettings("api_url and pages_url are two origins: give each its own host")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise BadSettings("tls_cert and tls_key come together")
    if settings.mode != "production" and settings.host not in loopback.NAMES:
        raise BadSettings(f"{settings.mode} mode binds loopback only, not {settings.host}")
    if settings.workers > 1:
        _check_workers(settings)
    settings.policies()
    return settings


def _check_workers(settings: Settings) -> None:
    if not settings.database.startswith("postgresql"):
        raise BadSettings("workers above 1 need PostgreSQL: one process serves a SQLite file")
    if settings.redis is None:
        raise BadSettings("workers above 1 need redis, or each would count the limits alone")


def environment() -> Mapping[str, str]:
    """The process's environment: the one place that reads it."""
    return os.environ
