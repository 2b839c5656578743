"""A refused request as a test: it sends the same to a server of `satsuma.testing`, and fails until that is mended.

No secret of the installation is in it, nor could be: the request log has none. Each is the test server's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from satsuma.diagnostics.causes import CAUSES
from satsuma.diagnostics.explanation import detail_of
from satsuma.diagnostics.replays import REPLAYS, SECRETS, Kind, Replay
from satsuma.domain.api_names import is_api_name
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.issuers import ORANGE_M2M, ORANGE_U2M, PRESETS, STANDARD
from satsuma.domain.request_log import LoggedRequest

_ORANGE: Final = {
    "not-acceptable": ORANGE_M2M.name,
    "openid-missing": ORANGE_U2M.name,
    "state-missing": ORANGE_U2M.name,
}
"""The issuer that a cause is met at, where the request log does not say it."""
_HEADER: Final = ("Authorization", "Accept", "Content-Type")
_BASIC: Final = "application.authorization_header"
_ASKING: Final = {
    "method": '"POST"',
    "url": "server.issuer(ISSUER).token_url",
    "Authorization": _BASIC,
    "Accept": '"application/json"',
    "Content-Type": '"application/x-www-form-urlencoded"',
}
_SOUND: Final[dict[Kind, dict[str, str]]] = {
    "token": {**_ASKING, "body": '"grant_type=client_credentials"'},
    "authorize": {
        "response_type": '"code"',
        "client_id": "application.client_id",
        "redirect_uri": "application.redirect_uris[0]",
        "scope": '"openid"',
        "state": '"a-state"',
        "PKCE": '{"code_challenge": CHALLENGE, "code_challenge_method": "S256"}',
    },
    "code": {
        "grant_type": '"authorization_code"',
        "code": "code_of(server, application)",
        "redirect_uri": "application.redirect_uris[0]",
        "code_verifier": "VERIFIER",
    },
    "refresh": {
        "grant_type": '"refresh_token"',
        "refresh_token": "refresh_token_of(server, application)",
    },
    "call": {"method": '"GET"', "url": "api.url", "Authorization": '"Bearer " + token'},
    "userinfo": {
        "method": '"GET"',
        "url": "server.issuer(ISSUER).userinfo_url",
        "Authorization": '"Bearer " + token',
    },
}


class NotATest(Exception):
    """The cause is none that the client's request holds; the text says so."""


def as_test(logged: LoggedRequest, row: ErrorRow | None) -> str:
    """The text of a pytest module that replays a refused request; raises NotATest."""
    replay, detail = _replay(logged), detail_of(logged)
    if replay is None or row is None:
        raise NotATest(
            f"{logged.slug}: a test of the client could not mend this; `satsuma explain` says what does"
        )
    request = _request(replay.kind, replay, _known(detail))
    name = re.sub(r"\W", "", logged.request_id)
    test = _TEST.format(name=name, status=logged.status)
    helpers = [text for name, text in _HELPERS.items() if re.search(rf"\b{name}\(", request)]
    parts = [request, test, _SETTING_UP.format(api=_api(detail)), *helpers, _SENDING]
    body = "\n\n".join(part.strip("\n") + "\n" for part in parts)
    constants = f"ISSUER = {_issuer(logged, detail)}\n" if "ISSUER" in body else ""
    constants += _CONSTANTS if "CHALLENGE" in body or "VERIFIER" in body else ""
    above = (_head(logged, row), _imports(body), constants)
    return "\n".join(each for each in above if each) + "\n\n" + body


def _imports(body: str) -> str:
    parsing = [
        name for name in ("parse_qs", "quote", "urlencode", "urlsplit") if f"{name}(" in body
    ]
    lines = ["import base64"] if "base64." in body else []
    lines += ["import http.client", f"from urllib.parse import {', '.join(parsing)}", ""]
    return "\n".join(lines)


def _replay(logged: LoggedRequest) -> Replay | None:
    if logged.slug in ("secret-wrong", "secret-retired", "client-refused"):
        wrong = SECRETS.get(str(detail_of(logged).get("because")), '"another secret"')
        return Replay("token", "Authorization", f"basic(application.client_id, {wrong})")
    return REPLAYS.get(logged.slug)


def _known(detail: Mapping[str, Any]) -> dict[str, str]:
    """What the request log kept, as Python text: a value stands in quotes whatever it holds."""
    method = str(detail.get("method"))
    return {
        "method": json.dumps(method if re.fullmatch("[A-OQ-Z][A-Z]{1,15}", method) else "GET"),
        "grant_type": _quoted(detail.get("grant_type"), "password"),
        "scope": _quoted(detail.get("scope"), "nobody:knows"),
        "accept": '"text/html"' if detail.get("accept_sent") else "",
    }


def _quoted(value: object, default: str) -> str:
    from urllib.parse import quote

    return json.dumps(quote(str(value or default)))


def _issuer(logged: LoggedRequest, detail: Mapping[str, Any]) -> str:
    said = str(detail.get("issuer"))
    return json.dumps(said if said in PRESETS else _ORANGE.get(logged.slug, STANDARD.name))


def _api(detail: Mapping[str, Any]) -> str:
    name, _, version = str(detail.get("address", "")).rpartition("/v")
    if not is_api_name(name) or not re.fullmatch("[1-9][0-9]{0,2}", version):
        return '"things"'
    return f"{json.dumps(name)}, version={version}"


def _head(logged: LoggedRequest, row: ErrorRow) -> str:
    at = f"{logged.at:%Y-%m-%d %H:%M:%S} UTC"
    lines = (
        f'"""Request {logged.request_id} was refused on {at}: {logged.status} {logged.slug}.',
        "",
        CAUSES[logged.slug].happened,
        f"To mend it: {row.help}",
        "",
        "This sends the same to a server of its own, and fails until `request_of` is mended: call your own client",
        'there, or mend the line that is marked. `pip install "satsuma[testing]"`, then run it by pytest.',
        '"""',
        "",
    )
    return "\n".join(lines)


def _request(kind: Kind, replay: Replay, known: Mapping[str, str]) -> str:
    lines = [
        "def request_of(server, application, api):",
        '    """The request as it was sent, but for its secrets: method, URL, headers and body."""',
        *(f"    {line}" for line in _OPENING[kind]),
    ]
    sound = dict(_SOUND[kind])
    if replay.place not in sound:
        sound[replay.place] = ""
    for place, expression in sound.items():
        if place != replay.place:
            lines.append(f"    {_line(kind, place, expression)}")
            continue
        mended = replay.mended or expression
        sent = _sent(replay, known)
        said = "It was not sent" if sent is None else "As it was sent"
        lines.append(f"    # {said}; mended: {_line(kind, place, mended)}")
        if sent is not None:
            lines.append(f"    {_line(kind, place, sent)}")
    lines += [f"    {line}" for line in _CLOSING[kind]]
    return "\n".join(lines)


def _sent(replay: Replay, known: Mapping[str, str]) -> str | None:
    return None if replay.sent is None else replay.sent.format_map(known) or None


def _line(kind: Kind, place: str, expression: str) -> str:
    if place == "before":
        return expression
    if place == "PKCE":
        return f"parameters.update({expression})"
    if place in _HEADER:
        return f'headers["{place}"] = {expression}'
    if kind in ("authorize", "code", "refresh"):
        return f'parameters["{place}"] = {expression}'
    return f"{place} = {expression}"


_OPENING: Final[dict[Kind, tuple[str, ...]]] = {
    "token": ("headers = {}",),
    "authorize": ("parameters = {}",),
    "code": ("parameters = {}",),
    "refresh": ("parameters = {}",),
    "call": ("headers = {}", "token = token_of(server, application)"),
    "userinfo": ("headers = {}", "token = persons_token_of(server, application)"),
}
_FORM: Final = (
    "headers = {",
    '    "Authorization": application.authorization_header,',
    '    "Content-Type": "application/x-www-form-urlencoded",',
    "}",
    'return "POST", server.issuer(ISSUER).token_url, headers, urlencode(parameters)',
)
_CLOSING: Final[dict[Kind, tuple[str, ...]]] = {
    "token": ("return method, url, headers, body",),
    "authorize": (
        'url = server.issuer(ISSUER).authorize_url + "?" + urlencode(parameters)',
        'return "GET", url, {}, None',
    ),
    "code": _FORM,
    "refresh": _FORM,
    "call": ("return method, url, headers, None",),
    "userinfo": ("return method, url, headers, None",),
}
_CONSTANTS: Final = """\
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""
_TEST: Final = """
def test_request_{name}(satsuma_server):
    application, api = set_up(satsuma_server)
    status, location, body = send(*request_of(satsuma_server, application, api))
    refused = status >= 400 or "error" in parse_qs(urlsplit(location).query)
    assert not refused, f"{{status}} {{location}} {{body}}: the one before was {status}"
"""
_SETTING_UP: Final = """
def set_up(server):
    api = server.api({api}, scopes=["things:read"])
    callback = "https://client.example/callback"
    return server.application(redirect_uris=[callback], apis=[api]), api
"""
_HELPERS: Final = {
    "basic": """
def basic(client_id, client_secret):
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
""",
    "token_of": """
def token_of(server, application):
    return server.token(application).access_token
""",
    "persons_token_of": """
def persons_token_of(server, application):
    return server.login_as(server.user(), application, issuer=ISSUER).access_token
""",
    "refresh_token_of": """
def refresh_token_of(server, application):
    scope = "openid offline_access"
    return server.login_as(server.user(), application, issuer=ISSUER, scope=scope).refresh_token
""",
    "code_of": """
def code_of(server, application):
    asked = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": application.redirect_uris[0],
        "scope": "openid",
        "state": "a-state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    url = server.issuer(ISSUER).authorize_url + "?" + urlencode(asked)
    return parse_qs(urlsplit(server.authorize(url, server.user())).query)["code"][0]
""",
}
_SENDING: Final = """
def send(method, url, headers, body):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request(method, f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    answer = response.status, response.getheader("Location", ""), response.read().decode()
    connection.close()
    return answer
"""
