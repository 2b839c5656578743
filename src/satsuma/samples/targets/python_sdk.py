"""Python with our SDK."""

from __future__ import annotations

from typing import Final

from satsuma.samples import reasons
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, TOKEN, Request, canonical_url
from satsuma.samples.sample import Limits, NotOffered, Target
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import python, python_authorize

_VERSION: Final = "0.1.0"

_PROGRAM: Final = """\
import os
import sys

from satsuma_client import «imports»


«setting»


auth = «auth»(
    «arguments»
)
«body»
"""

_PRODUCTION: Final = """\
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import Request

from satsuma_client import ClientCredentials, OAuthError
from satsuma_client.http.errors import NotOAuth, ServerError


«setting»


# One token for every thread, renewed in time; a 401 is tried once more, a 429 waited for.
auth = ClientCredentials(
    «arguments»
)
opener = auth.opener()


def call(_=None):
    request = Request(
        «url»,
        headers={"Accept": "application/json"},
    )
    with opener.open(request, timeout=20) as response:
        return response.read().decode()


# Each argument is a round of so many calls at once; without one it is a single call.
try:
    with ThreadPoolExecutor(20) as pool:
        for calls in map(int, sys.argv[1:] or ["1"]):
            for answer in pool.map(call, range(calls)):
                print(answer)
except HTTPError as error:
    print(f"HTTP {error.code}: {error.read().decode()}", file=sys.stderr)
    sys.exit(1)
except (NotOAuth, ServerError, OSError) as error:
    print(f"No whole answer: {error}", file=sys.stderr)
    sys.exit(3)
except OAuthError as error:
    print(error, file=sys.stderr)
    sys.exit(1)
"""

_ONE: Final = """\
try:
    token = auth.token()
except OAuthError as error:
    print(error, file=sys.stderr)
    sys.exit(1)
print("A token until", token.expires_at)
""".splitlines()

_ROBUST: Final = """\
try:
    token = auth.token()
except (NotOAuth, ServerError) as error:
    print(error, file=sys.stderr)
    sys.exit(3)
except OAuthError as error:
    print(error, file=sys.stderr)
    sys.exit(1)
print("A token until", token.expires_at)
""".splitlines()


def _own(step: Step, level: Level, values: Values) -> str | NotOffered | None:
    if step == "revoke":
        return NotOffered(reasons.SDK_REVOKE)
    if step == "exchange":
        return NotOffered(reasons.SDK_EXCHANGE)
    if step == "call" and level == "production":
        return _production(values)
    if step == "authorize" and level == "robust":
        return python_authorize.program(values)
    if step == "authorize" or level == "production":
        return None
    if step == "call":
        return NotOffered(reasons.SDK_ONE)
    return _program(step, level, values)


def _production(values: Values) -> str:
    arguments = _auth("token-header", values)[1]
    origin = "/".join(canonical_url(values.api_url).split("/")[:3])
    return fill(
        _PRODUCTION,
        setting=python.SETTING,
        arguments=[*arguments, f"api_url={python.WORDS(origin)},"],
        url=python.WORDS(canonical_url(values.api_url)),
    )


def _program(step: Step, level: Level, values: Values) -> str:
    auth, arguments = _auth(step, values)
    robust = level == "robust"
    text = fill(
        _PROGRAM,
        imports=", ".join(sorted([auth, "OAuthError"])),
        setting=python.SETTING,
        auth=auth,
        arguments=arguments,
        body=_ROBUST if robust else _ONE,
    )
    if not robust:
        return text
    begin = "\n\n\ndef setting"
    return text.replace(
        begin, "\nfrom satsuma_client.http.errors import NotOAuth, ServerError" + begin, 1
    )


def _auth(step: Step, values: Values) -> tuple[str, list[str]]:
    url, client_id = python.WORDS(canonical_url(values.token_url)), python.WORDS(values.client_id)
    secret = python.WORDS(SECRET)
    if step == "refresh":
        secrets = [f"{python.WORDS(TOKEN)},"]
        secrets += [] if values.public else [f"{secret},"]
        return "RefreshToken", [f"{url},", f"{client_id},", *secrets]
    arguments = [f"{url},", f"{client_id},", f"{secret},"]
    if values.scope:
        arguments.append(f"scope={python.WORDS(values.scope)},")
    if step == "token-body":
        arguments.append('token_endpoint_auth_method="client_secret_post",')
    return "ClientCredentials", arguments


def _never(request: Request) -> str:
    raise ValueError("The SDK writes the steps of the flows, and no other request")


TARGET: Final = Target(
    slug="python-sdk",
    language="python",
    label="Python: satsuma-client",
    recommended=True,
    why="It keeps tokens, renews them once for everyone, and works with requests, httpx2 and aiohttp.",
    file_name="sample.py",
    install=f"pip install satsuma-client=={_VERSION}",
    run="python3 sample.py",
    one_request=_never,
    own=_own,
    versions={"satsuma-client": _VERSION},
    limits=Limits(any_request=False),
)
