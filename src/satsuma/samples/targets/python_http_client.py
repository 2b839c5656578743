"""Python with http.client of its standard library."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import python
from satsuma.samples.writing import basic_of, host_of, is_https, target_of

_ONE: Final = """\
«base64»
import http.client
«json»
import os
import sys
«urlencode»


«setting»


«basic»
«body»
headers = {
    «headers»
}
«begin»
"""

_SEND: Final = """\
connection = http.client.«connection»(«host», timeout=20)
connection.request(«method», «target»«argument», headers=headers)
response = connection.getresponse()
text = response.read().decode()
if response.status // 100 != 2:
    print(f"HTTP {response.status}: {text}", file=sys.stderr)
    sys.exit(1)
print(text)"""

_SEND_ROBUST: Final = """\
connection = http.client.«connection»(«host», timeout=20)
try:
    connection.request(«method», «target»«argument», headers=headers)
    response = connection.getresponse()
    status = response.status
    text = response.read().decode()
    «parsed»
except (OSError, http.client.HTTPException) as error:
    print(f"No whole answer: {type(error).__name__}", file=sys.stderr)
    sys.exit(3)
except ValueError:
    print("The answer is not JSON", file=sys.stderr)
    sys.exit(3)
finally:
    connection.close()
«refused»
print(text)
"""


def _one_request(request: Request) -> str:
    return _program(request, fill(_SEND, **_where(request)), robust=False)


def _robust(request: Request) -> str:
    sending = fill(
        _SEND_ROBUST,
        parsed=python.parsed(request, "text"),
        refused=python.REFUSED,
        **_where(request),
    )
    return _program(request, sending, robust=True)


def _where(request: Request) -> dict[str, str]:
    return {
        "connection": "HTTPSConnection" if is_https(request.url) else "HTTPConnection",
        "host": python.WORDS(host_of(request.url)),
        "method": python.WORDS(request.method),
        "target": python.WORDS(target_of(request.url)),
        "argument": ", body" if request.has_body else "",
    }


def _program(request: Request, sending: str, robust: bool) -> str:
    basic = basic_of(request)
    headers = python.header_lines(request)
    credentials, body = [], []
    if basic is not None:
        client_id, secret = python.WORDS(basic.client_id), python.WORDS(basic.secret)
        credentials = [f'credentials = {client_id} + ":" + {secret}']
        credentials.append("basic = base64.b64encode(credentials.encode()).decode()")
        headers.append('"Authorization": "Basic " + basic,')
    if request.form is not None:
        headers.append('"Content-Type": "application/x-www-form-urlencoded",')
        pairs = python.WORDS.pairs(request.form, "        ({name}, {value}),")
        body = ["body = urlencode(", "    [", *pairs, "    ]", ")"]
    elif request.body is not None:
        body = [f"body = {python.encoded_body(request)}"]
    return fill(
        _ONE,
        base64=["import base64"] if basic else [],
        json=["import json"] if robust else [],
        urlencode=["from urllib.parse import urlencode"] if request.form is not None else [],
        setting=python.SETTING,
        basic=credentials,
        body=body,
        headers=headers,
        begin=sending.splitlines(),
    )


TARGET: Final = Target(
    slug="python-http-client",
    language="python",
    label="Python: http.client",
    recommended=False,
    why="Where nothing may be installed: it is part of Python.",
    file_name="sample.py",
    install="",
    run="python3 sample.py",
    one_request=_one_request,
    robust=_robust,
    versions={"python": "3.11"},
    limits=Limits(unknown_host=False),
)
