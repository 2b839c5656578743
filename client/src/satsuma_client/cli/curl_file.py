"""A failing request as a file with one curl command: read as a shell reads it, and written again."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote_plus

from satsuma_client.http.transport import HttpRequest
from satsuma_client.protocol.basic import authorization_header

_FORM: Final = "application/x-www-form-urlencoded"
_MOST: Final = 256 * 1024
_VARIABLE: Final = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_METHOD: Final = ("-X", "--request")
_HEADER: Final = ("-H", "--header")
_DATA: Final = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii")
_IGNORED: Final = frozenset(
    [
        *("-s", "-S", "-sS", "-i", "-is", "-si", "-v", "-k", "-L", "-g"),
        *("--silent", "--show-error", "--include", "--verbose", "--location", "--compressed"),
    ]
)


class NotACommand(ValueError):
    """The file has no curl command that can be replayed; the text says why."""


def read_command(text: str, environment: Mapping[str, str] = os.environ) -> HttpRequest:
    """The request of a curl command; raises NotACommand.

    What a shell would put in from the environment is put in; the body may come in parts, as from `--data-urlencode`.
    """
    try:
        words = shlex.split(text[:_MOST].replace("\\\n", " "), comments=True)
    except ValueError as why:
        raise NotACommand(f"it cannot be read as a command: {why}") from None
    if not words or Path(words[0]).name != "curl":
        raise NotACommand("it does not begin with curl")
    return _request(iter([_filled(word, environment) for word in words[1:]]))


def _filled(word: str, environment: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in environment:
            raise NotACommand(f"the environment variable {name} is not set: export {name}=...")
        return environment[name]

    return _VARIABLE.sub(value, word)


def _request(words: Iterator[str]) -> HttpRequest:
    method, url, headers, parts = "", "", list[tuple[str, str]](), list[str]()
    for word in words:
        name, _, joined = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in _IGNORED:
            continue
        if not word.startswith("-"):
            url = word
            continue
        value = joined or next(words, "")
        if name in _METHOD:
            method = value
        elif name in _HEADER:
            field, _, text = value.partition(":")
            headers.append((field.strip(), text.strip(" ")))
        elif name in _DATA:
            parts.append(value)
        elif name == "--data-urlencode":
            parameter, _, text = value.partition("=")
            parts.append(f"{parameter}={quote_plus(text)}")
        elif name == "--json":
            parts.append(value)
            headers += [("Content-Type", "application/json"), ("Accept", "application/json")]
        elif name in ("-u", "--user"):
            user, _, password = value.partition(":")
            headers.append(("Authorization", authorization_header(user, password)))
        elif name == "--url":
            url = value
        else:
            raise NotACommand(f"the option {name} is none that can be replayed")
    if not url:
        raise NotACommand("it names no URL")
    body = "&".join(parts).encode() if parts else None
    if body is not None and _header(headers, "content-type") is None:
        headers.append(("Content-Type", _FORM))
    return HttpRequest(method or ("POST" if body else "GET"), url, tuple(headers), body)


def _header(headers: list[tuple[str, str]], name: str) -> str | None:
    return next((value for each, value in headers if each.lower() == name), None)


def write_command(request: HttpRequest) -> str:
    """The request as a curl command, its secrets in it."""
    parts = ["curl -sS -i", f"-X {request.method}", shlex.quote(request.url)]
    parts += ["-H " + shlex.quote(f"{name}: {value}") for name, value in request.headers]
    if request.body is not None:
        parts.append("--data-raw " + shlex.quote(request.body.decode("utf-8", "replace")))
    return " \\\n  ".join(parts) + "\n"


def put_command(file: Path, request: HttpRequest) -> None:
    """Write it in the place of the file, readable by its owner alone."""
    new = file.with_name(file.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as writing:
        os.fchmod(writing.fileno(), 0o600)
        writing.write(write_command(request))
    os.replace(new, file)
