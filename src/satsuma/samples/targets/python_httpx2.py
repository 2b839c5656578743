"""Python with httpx2."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import python
from satsuma.samples.writing import basic_of

_VERSION: Final = "2.16.2"

_ONE: Final = """\
import os
import sys
«urlencode»

import httpx2


«setting»


response = httpx2.request(
    «method»,
    «url»,
    headers={
        «headers»
    },
    «auth»
    «data»
    timeout=20,
)
if not response.is_success:
    print(f"HTTP {response.status_code}: {response.text}", file=sys.stderr)
    sys.exit(1)
print(response.text)
"""

_ROBUST: Final = """\
import json
import os
import sys
«urlencode»

import httpx2


«setting»


arguments = dict(
    headers={
        «headers»
    },
    «auth»
    «data»
    timeout=httpx2.Timeout(20, connect=5),
)
try:
    response = httpx2.request(
        «method»,
        «url»,
        **arguments,
    )
    status = response.status_code
    «parsed»
except httpx2.HTTPError as error:
    print(f"No whole answer: {type(error).__name__}", file=sys.stderr)
    sys.exit(3)
except ValueError:
    print("The answer is not JSON", file=sys.stderr)
    sys.exit(3)
«refused»
print(response.text)
"""


def _one_request(request: Request) -> str:
    return fill(_ONE, setting=python.SETTING, **_arguments(request))


def _robust(request: Request) -> str:
    return fill(
        _ROBUST,
        setting=python.SETTING,
        parsed=python.parsed(request, "response.text"),
        refused=python.REFUSED,
        **_arguments(request),
    )


def _arguments(request: Request) -> dict[str, str | list[str]]:
    basic = basic_of(request)
    headers = python.header_lines(request)
    begin = "data=" if request.body is None else "content="
    data, urlencode = python.form_lines(request, begin), []
    if request.form is not None and request.has_repeated_names:
        # Its `data` takes a dictionary alone, which would put pairs of one name together.
        headers.append('"Content-Type": "application/x-www-form-urlencoded",')
        pairs = python.WORDS.pairs(request.form, "        ({name}, {value}),")
        data = ["content=urlencode(", "    [", *pairs, "    ]", "),"]
        urlencode = ["from urllib.parse import urlencode"]
    auth = []
    if basic is not None:
        auth = [f"auth=({python.WORDS(basic.client_id)}, {python.WORDS(basic.secret)}),"]
    return {
        "method": python.WORDS(request.method),
        "url": python.WORDS(request.url),
        "headers": headers,
        "auth": auth,
        "data": data,
        "urlencode": urlencode,
    }


TARGET: Final = Target(
    slug="python-httpx2",
    language="python",
    label="Python: httpx2",
    recommended=False,
    why="For asynchronous programs, and where your program has httpx2 already.",
    file_name="sample.py",
    install=f"pip install httpx2=={_VERSION}",
    run="python3 sample.py",
    one_request=_one_request,
    robust=_robust,
    versions={"httpx2": _VERSION},
)
