"""What curl sends, and what the reader says it would send, side by side."""

import base64
import json
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satsuma.samples.reading.curl import UNTYPED, read_with_ledger
from satsuma.samples.reading.ledger import Ledger
from satsuma.samples.reading.reading import Reading
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.request import Basic, Bearer, Env, Request, Text, canonical_url, parts_of
from tests.samples.front import Trust, new_trust

VECTORS = Path(__file__).parents[2] / "vectors/curl"
CONTENT = 'First "line" é & = %\r\nsecond\n'
INPUT = "from standard input\nof two lines\n"
OF_CURL = ("content-length", "expect", "host", "transfer-encoding")
OF_UPGRADE = ("connection", "upgrade", "http2-settings")


@dataclass
class Judged:
    """A command, where it came from, and what the reader made of it."""

    origin: str
    command: str
    reading: Reading | None
    ledger: Ledger | None
    refusal: str = ""


def commands(name: str) -> list[tuple[str, str]]:
    """The commands of a corpus, each with where its form comes from."""
    blocks = re.split(r"^### ", (VECTORS / name).read_text(), flags=re.MULTILINE)[1:]
    found = [block.partition("\n") for block in blocks]
    return [(origin, command.rstrip("\n")) for origin, _, command in found]


def read(origin: str, command: str) -> Judged:
    try:
        reading, ledger = read_with_ledger(command)
    except Unreadable as problem:
        return Judged(origin, command, None, None, str(problem))
    return Judged(origin, command, reading, ledger)


def values_of(judged: Judged) -> dict[str, str]:
    """What the program is given: what was pasted, what stands in files, and a value for each variable."""
    assert judged.reading is not None and judged.ledger is not None
    values = dict(judged.ledger.values)
    for name, file in judged.ledger.files.items():
        kind, _, path = file.partition(" ")
        content = INPUT if path == "-" else CONTENT
        values[name] = {
            "whole": content,
            "stripped": content.replace("\r", "").replace("\n", ""),
            "encoded": urllib.parse.quote_plus(content),
        }[kind]
    bases = {parts_of(request.url)[0] for request in judged.reading.requests}
    for each in judged.reading.named:
        base = "http://base.example:8080" if each.env in bases else f"v.{each.env.variable}"
        values.setdefault(each.env.name, base)
    return values


def sent(judged: Sequence[Judged], folder: Path) -> list[dict[str, Any]]:
    """What real curl sends for each command, in a network of its own."""
    return recorded(judged, [each.command for each in judged], folder)


def trust_of(judged: Sequence[Judged], folder: Path) -> Trust:
    return new_trust(folder, sorted(hosts_of(judged)))


def hosts_of(judged: Sequence[Judged]) -> set[str]:
    found = {"localhost", "proxy", "base.example"}
    for each in judged:
        found |= set(re.findall(r"[a-z0-9][a-z0-9.-]*\.(?:example|com|net)", each.command))
        for request in each.reading.requests if each.reading else ():
            first = parts_of(request.url)[0]
            if isinstance(first, str):
                found.add(urllib.parse.urlsplit(first).hostname or "localhost")
    return {host for host in found if not host[0].isdigit()}


def recorded(
    judged: Sequence[Judged],
    run: Sequence[str],
    folder: Path,
    trust: Trust | None = None,
    given: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """What each line of bash sends, started with what its command's program is given."""
    ports, plan = {80, 443, 1080, 8080}, []
    for each, line in zip(judged, run, strict=True):
        ports |= {int(port) for port in re.findall(r"[a-z0-9]:(\d{2,5})\b", each.command)}
        values, files = {}, {}
        if each.ledger is not None:
            values = values_of(each)
            files = {file.partition(" ")[2]: CONTENT for file in each.ledger.files.values()}
            files.pop("-", None)
        plan.append(
            {
                "command": line,
                "environment": {**(given or {}), **values},
                "files": files,
                "stdin": INPUT,
            }
        )
    trust = trust or trust_of(judged, folder)
    hosts = sorted(hosts_of(judged))
    text = json.dumps({"hosts": hosts, "ports": sorted(ports), "commands": plan})
    (trust.folder / "plan.json").write_text(text)
    recorder = Path(__file__).parent / "recorder.py"
    done = subprocess.run(
        ["unshare", "-rnm", sys.executable, str(recorder), str(folder)],
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads((folder / "told.json").read_text())
    return told


def differences(judged: Judged, told: dict[str, Any]) -> list[str]:
    """In what the reading differs from what curl sent: method, target, headers, body, of each request in order."""
    assert judged.reading is not None
    values = values_of(judged)
    requests, seen = judged.reading.requests, told["seen"]
    if len(requests) != len(seen):
        return [f"{len(requests)} requests and not {len(seen)}"]
    compressed = any(note.startswith("--compressed") for note in judged.reading.notes)
    found = []
    for request, came in zip(requests, seen, strict=True):
        said = resolved(request, values)
        if UNTYPED in judged.reading.notes:
            said["headers"].remove(("content-type", "application/octet-stream"))
        wanted = arrived(came, said, compressed)
        found += [
            f"{part}: {said[part]!r} and not {wanted[part]!r}"
            for part in wanted
            if said[part] != wanted[part]
        ]
    return found


def filled(text: Text, values: dict[str, str]) -> str:
    return "".join(values[p.name] if isinstance(p, Env) else p for p in parts_of(text))


def resolved(request: Request, values: dict[str, str]) -> dict[str, Any]:
    """The request with every value in its place."""
    url = urllib.parse.urlsplit(canonical_url(filled(request.url, values)))
    headers = [(name.lower(), filled(value, values)) for name, value in request.headers]
    if isinstance(request.authorization, Basic):
        user = filled(request.authorization.client_id, values)
        pair = f"{user}:{filled(request.authorization.secret, values)}"
        headers.append(("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    elif isinstance(request.authorization, Bearer):
        headers.append(("authorization", f"Bearer {values[request.authorization.token.name]}"))
    body: Any = "" if request.body is None else filled(request.body, values)
    if request.form is not None:
        headers.append(("content-type", "application/x-www-form-urlencoded"))
        body = [(name, filled(value, values)) for name, value in request.form]
    kind = dict(headers).get("content-type", "")
    if isinstance(body, str):
        body = multipart(body, kind) if "boundary=satsuma" in kind else body
    if "boundary=satsuma" in kind:
        headers = [pair for pair in headers if pair[0] != "content-type"]
        headers.append(("content-type", kind.partition(";")[0]))
    host = [value for name, value in headers if name == "host"] or [url.netloc]
    return {
        "method": request.method,
        "target": upper(url.path + (f"?{url.query}" if url.query else "")),
        "host": host[0],
        "secure": url.scheme == "https",
        "headers": sorted(pair for pair in headers if pair[0] != "host"),
        "body": body,
    }


def arrived(came: dict[str, Any], said: dict[str, Any], compressed: bool) -> dict[str, Any]:
    fields = [(name.lower(), utf8(value)) for name, value in came["fields"]]
    named = dict(fields)
    left = set(OF_CURL) | ({"accept-encoding"} if compressed else set())
    left |= set(OF_UPGRADE) if "upgrade" in named else set()
    headers = [
        pair
        for pair in fields
        if pair[0] not in left and not (pair[0] == "user-agent" and pair[1].startswith("curl/"))
    ]
    body: Any = utf8(came["body"])
    if isinstance(said["body"], list) and "multipart" in named.get("content-type", ""):
        body = multipart(body, named["content-type"])
        headers = [pair for pair in headers if pair[0] != "content-type"]
        headers.append(("content-type", named["content-type"].partition(";")[0]))
    elif isinstance(said["body"], list):
        body = urllib.parse.parse_qsl(body, keep_blank_values=True)
    target = upper(canonical_url(f"http://host{utf8(came['target'])}").removeprefix("http://host"))
    return {
        "method": came["method"],
        "target": target,
        "host": named.get("host", said["host"]),
        "secure": came["secure"],
        "headers": sorted(headers),
        "body": body,
    }


def upper(target: str) -> str:
    """Percent-encodings in one spelling: curl's -G writes them in small letters, RFC 3986 §6.2.2.1 in large ones."""
    return re.sub(r"%[0-9a-f]{2}", lambda found: found[0].upper(), target)


def multipart(body: str, kind: str) -> list[str]:
    """The parts between the boundaries, their heads in one spelling."""
    boundary = kind.partition("boundary=")[2].strip('"')
    return [part.strip("-") for part in body.split(f"--{boundary}")]


def utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")
