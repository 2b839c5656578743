"""Each endpoint by each parameter that it reads by each way to send it wrong; the judge is the text of the standards.

The endpoints come from the route table and the parameters from the code that reads them: a new one without a row fails.
"""

import ast
import base64
import itertools
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import satsuma
import satsuma_client
from satsuma.domain.issuers import PRESETS
from satsuma.oauth.authorization_request import _NOT_SUPPORTED
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, REDIRECT, VERIFIER, challenge, new_client, new_person
from tests.wire.record.routes import table
from tests.wire.server import FORM, Made, Reply, Server, running_server

LONG: Final = "x" * 4096
M2M, FRENCH, STANDARD = "/oauth/v3", "/openidconnect/fr/v1", ""
ISSUERS: Final = {each.path: each for each in PRESETS.values()}
OK, ON, PAGE = "200", "on", "page"
INVALID, CLIENT = "invalid_request", "invalid_client"


class Row(NamedTuple):
    """What the standard says of a parameter that is left out, and of one that is far too long.

    `sent` is a good value; None where a good request has none. `section` is where the standard says so.
    """

    absent: str
    long: str
    section: str
    sent: str | None = "{}"


# In `sent`, a word in braces is something of the world below.
CREDENTIALS: Final = {
    "client_id": Row(CLIENT, CLIENT, "RFC 6749 §2.3.1, §5.2", "{client_id}"),
    "client_secret": Row(CLIENT, CLIENT, "RFC 6749 §2.3.1, §5.2", "{client_secret}"),
}
GRANT_TYPE: Final = Row(INVALID, "unsupported_grant_type", "RFC 6749 §5.2")
TOKEN: Final = {
    "client_credentials": CREDENTIALS
    | {
        "grant_type": GRANT_TYPE._replace(sent="client_credentials"),
        "scope": Row(OK, "invalid_scope", "RFC 6749 §3.3, §5.2", "poi:read"),
        "resource": Row(OK, "invalid_target", "RFC 8707 §2", "{api}"),
    },
    "authorization_code": CREDENTIALS
    | {
        "grant_type": GRANT_TYPE._replace(sent="authorization_code"),
        "code": Row(INVALID, "invalid_grant", "RFC 6749 §4.1.3, §5.2", "{code}"),
        # Only the code says whether it is required: what is left out does not match then.
        "redirect_uri": Row("invalid_grant", "invalid_grant", "RFC 6749 §4.1.3, §5.2", REDIRECT),
        "code_verifier": Row("invalid_grant", "invalid_grant", "RFC 7636 §4.6", VERIFIER),
        "resource": Row(OK, "invalid_target", "RFC 8707 §2.2", "{api}"),
    },
    "refresh_token": CREDENTIALS
    | {
        "grant_type": GRANT_TYPE._replace(sent="refresh_token"),
        "refresh_token": Row(INVALID, "invalid_grant", "RFC 6749 §6, §5.2", "{refresh_token}"),
        "scope": Row(OK, "invalid_scope", "RFC 6749 §6, §5.2", "openid"),
        "resource": Row(OK, "invalid_target", "RFC 8707 §2.2", "{api}"),
    },
}
ASKED_ABOUT: Final = CREDENTIALS | {
    "token": Row(INVALID, OK, "RFC 7009 §2.1, §2.2; RFC 7662 §2.1, §2.2", "{access_token}")
}
AUTHORIZE: Final = {
    "response_type": Row(INVALID, "unsupported_response_type", "RFC 6749 §3.1.1", "code"),
    "client_id": Row(PAGE, PAGE, "RFC 6749 §4.1.2.1", "{client_id}"),
    "redirect_uri": Row(PAGE, PAGE, "RFC 6749 §3.1.2.4; OIDC Core §3.1.2.1", REDIRECT),
    # Too long is an invalid value of whatever parameter it is.
    "scope": Row("invalid_scope", INVALID, "RFC 6749 §3.3, §4.1.2.1", "openid"),
    "state": Row(ON, INVALID, "RFC 6749 §4.1.1", "a state"),
    "response_mode": Row(ON, INVALID, "OAuth Multiple Response Types §2.1", "query"),
    "nonce": Row(ON, INVALID, "OIDC Core §3.1.2.1", "a nonce"),
    "prompt": Row(ON, INVALID, "OIDC Core §3.1.2.1", "login"),
    "max_age": Row(ON, INVALID, "OIDC Core §3.1.2.1", "10"),
    "acr_values": Row(ON, INVALID, "OIDC Core §3.1.2.1", "1"),
    "login_hint": Row(ON, INVALID, "OIDC Core §3.1.2.1", "a@people.example"),
    "id_token_hint": Row(ON, INVALID, "OIDC Core §3.1.2.1", "a.b.c"),
    "ui_locales": Row(ON, INVALID, "OIDC Core §3.1.2.1", "fr"),
    "claims": Row(ON, INVALID, "OIDC Core §5.5", "{claims}"),
    "code_challenge": Row(INVALID, INVALID, "RFC 7636 §4.4.1", challenge()),
    # Left out it is `plain`, which this server does not support.
    "code_challenge_method": Row(INVALID, INVALID, "RFC 7636 §4.3, §4.4.1", "S256"),
    "resource": Row(ON, INVALID, "RFC 8707 §2", "{api}"),
    "request": Row(ON, "request_not_supported", "OIDC Core §3.1.2.6", None),
    "request_uri": Row(ON, "request_uri_not_supported", "OIDC Core §3.1.2.6", None),
    "registration": Row(ON, "registration_not_supported", "OIDC Core §3.1.2.6", None),
}
LOGOUT: Final = {
    # A hint that proves nothing leaves the question to the person; `client_id` names the client still.
    "id_token_hint": Row(ON, ON, "OIDC RP-Initiated Logout §2", "{id_token}"),
    "client_id": Row(ON, PAGE, "OIDC RP-Initiated Logout §2", "{client_id}"),
    "post_logout_redirect_uri": Row(ON, PAGE, "OIDC RP-Initiated Logout §2, §3", REDIRECT),
    "state": Row(ON, ON, "OIDC RP-Initiated Logout §2", "a state"),
}
USERINFO: Final = {
    # Without a token the challenge has no error, by §3.1: the status says it.
    "access_token": Row("401", "invalid_token", "RFC 6750 §2.2, §3.1", "{userinfo_token}")
}
ROWS: Final[dict[str, dict[str, Row]]] = {
    **{f"token {grant}": rows for grant, rows in TOKEN.items()},
    "revoke": ASKED_ABOUT,
    "introspect": ASKED_ABOUT,
    "authorize": AUTHORIZE,
    "logout": LOGOUT,
    "userinfo": USERINFO,
}
# They read none in the query: what stands there is ignored (RFC 6749 §3.1, RFC 8414 §3.1, RFC 6750 §2.1).
WITHOUT: Final = {
    "jwks": "RFC 7517 §5",
    "userinfo": "OIDC Core §5.3.1; RFC 6750 §2.1",
    ".well-known/oauth-authorization-server": "RFC 8414 §3.1",
    ".well-known/openid-configuration": "OIDC Discovery §4.1",
}
# In whose hands the parameters of an endpoint are.
READ_BY: Final = {
    "token": (
        *("oauth/token.py", "oauth/grants.py", "oauth/client_authentication.py"),
        "client/protocol/messages/access_token_request.py",
    ),
    "revoke": ("oauth/revocation.py", "oauth/endpoint.py", "oauth/client_authentication.py"),
    "introspect": ("oauth/introspection.py", "oauth/endpoint.py", "oauth/client_authentication.py"),
    "authorize": (
        *("oauth/authorize.py", "oauth/authorization_request.py"),
        "domain/redirect_uris.py",
    ),
    "logout": ("oauth/logout.py",),
    "userinfo": ("oauth/person_endpoint.py",),
}
# How a parameter is sent, and where it says what is told.
SHAPES: Final = {
    "absent": "the row",
    "long": "the row",
    "empty": "RFC 6749 §3.1, §3.2: as if it were omitted",
    "other-case": "RFC 6749 §1.10 of names: another parameter, which is ignored (§3.1, §3.2)",
    "in-the-query": "RFC 6749 §2.3.1, §3.2: in the body alone, so that it is as if omitted",
    "repeated": "RFC 6749 §3.1, §3.2, §4.1.2.1: invalid_request",
    "repeated-empty": "RFC 6749 §3.1, §3.2: it stands twice all the same",
    "nul": "RFC 6749 App. A: no parameter has one; otherwise malformed, invalid_request",
    "not-utf8": "RFC 6749 App. B: UTF-8; otherwise malformed, invalid_request",
}
UNKNOWN: Final = {"sent": "", "long": "", "empty": "", "repeated": INVALID}


def names_read(path: str) -> set[str]:
    """The names that a module looks for in a form: `form.get("a")`, `form["a"]`, `"a" in form`, `f(form, "a")`."""
    root = Path(satsuma.__file__).parent
    file = root / path
    if path.startswith("client/"):
        file = Path(satsuma_client.__file__).parent / path.removeprefix("client/")
    found: set[str] = set()
    forms = {"form", "parameters"}

    def is_form(node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Name) and node.func.id == "parse_form"
        return isinstance(node, ast.Name) and node.id in forms

    for node in ast.walk(ast.parse(file.read_text())):
        asked: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Attribute(value=holder, attr="get")) if is_form(holder):
                asked = node.args[:1]
            case ast.Call(func=ast.Name(), args=[holder, name, *_]) if is_form(holder):
                asked = [name]
            case ast.Subscript(value=holder, ctx=ast.Load()) if is_form(holder):
                asked = [node.slice]
            case ast.Compare(left=name, ops=[ast.In() | ast.NotIn()], comparators=[holder]) if (
                is_form(holder)
            ):
                asked = [name]
        found |= {
            str(each.value)
            for each in asked
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
    return found


def rows_of(endpoint: str) -> set[str]:
    return {name for key, rows in ROWS.items() if key.split()[0] == endpoint for name in rows}


@pytest.mark.parametrize("endpoint", READ_BY)
def test_every_parameter_that_is_read_has_a_row(endpoint: str) -> None:
    read = set().union(*(names_read(path) for path in READ_BY[endpoint]))
    if endpoint == "authorize":
        read |= set(_NOT_SUPPORTED)
    assert read == rows_of(endpoint)


def test_every_endpoint_of_every_issuer_has_rows() -> None:
    paths, _ = table()
    known = {*READ_BY, *WITHOUT}
    of_issuers = set[str]()
    for path in paths:
        names = [name for name in known if path.rstrip("/").endswith("/" + name)]
        names += [name for name in WITHOUT if name in path]
        if names:
            of_issuers |= set(names)
        else:
            assert path.startswith(OTHERS), path
    assert of_issuers == known


OTHERS: Final = (
    *("/auth/check", "/healthz", "/readyz", "/metrics", "/openidconnect/v1/sandbox"),
    "/satsuma/v1/",  # tests/developer
    "/feed",  # tests/oauth/test_revocation_feed.py
)


UNWISHED: Final = ("prompt", "max_age", "id_token_hint", "login_hint", "claims")
"""What would ask the person again."""


@dataclass
class World:
    """A server, an application with an API, and a browser in which a person is logged in and has allowed it."""

    server: Server
    made: Made
    agent: Agent
    api: str
    asked: int = 0

    def authorized(self, issuer: str, left_out: tuple[str, ...] = ()) -> str:
        fields = {name: self.good(row.sent) for name, row in AUTHORIZE.items() if row.sent}
        fields = {
            name: value for name, value in fields.items() if name not in (*UNWISHED, *left_out)
        } | {"scope": "openid offline_access"}
        url = f"{self.server.api_url}{issuer}/authorize?{urllib.parse.urlencode(fields)}"
        page = self.agent.open(url)
        if not page.left:
            page = self.agent.send(page, decision="allow")
        assert page.left, page.text[:2000]
        return page.query["code"]

    def tokens(self, issuer: str, *left_out: str) -> dict[str, str]:
        """Tokens of the person; without `resource` they are for userinfo."""
        rows = TOKEN["authorization_code"].items()
        fields = {
            name: self.good(row.sent, issuer)
            for name, row in rows
            if name not in ("code", *left_out)
        }
        fields["code"] = self.authorized(issuer, left_out)
        reply = self.post(f"{issuer}/token", urllib.parse.urlencode(fields))
        assert reply.status == 200, reply.body
        found: dict[str, str] = reply.json
        return found

    def good(self, sent: str | None, issuer: str = STANDARD) -> str:
        """The value that a good request has."""
        match sent:
            case "{client_id}":
                return self.made.client_id
            case "{client_secret}":
                return self.made.client_secret
            case "{api}":
                return self.api
            case "{claims}":
                return json.dumps({"id_token": {"email": None}})
            case "{code}":
                return self.authorized(issuer)
            case "{access_token}" if issuer == M2M:
                body = "grant_type=client_credentials"
                return str(self.server.token(self.made, body, M2M).json["access_token"])
            case "{userinfo_token}":
                return self.tokens(issuer, "resource")["access_token"]
            case "{access_token}" | "{refresh_token}" | "{id_token}":
                return self.tokens(issuer)[sent.strip("{}")]
        return str(sent)

    def post(self, path: str, body: str) -> Reply:
        """Send a form, each time from another address: what is wrong too often from one is held off."""
        self.asked += 1
        source = f"127.1.{self.asked // 250}.{self.asked % 250 + 1}"
        fields = {"Content-Type": FORM, "Accept": "application/json"}
        return self.server.request("POST", path, body, fields, source=source)


@pytest.fixture(scope="module", params=["hot", "asgi"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    limits = "".join(f"[issuers.{name}]\ntoken_limit = 1000000\n" for name in PRESETS)
    folder = tmp_path_factory.mktemp("parameters")
    with running_server(folder, front=request.param, config=limits) as server:
        api, _ = server.new_api("poi")
        made = new_client(server, apis=("poi",))
        agent = Agent(server)
        page = agent.open(f"{server.pages_url}/login")
        agent.log_in(page, new_person(server).email, PASSWORD)
        yield World(server, made, agent, f"{server.api_url}/{api.name}/v{api.version}")


def shaped(fields: dict[str, str], name: str, shape: str) -> tuple[str, str]:
    """The form with one parameter sent in some way, and what stands in the query of the POST."""
    value = fields.get(name, "a.b.c")
    others = [(key, text) for key, text in fields.items() if key != name]
    quoted = urllib.parse.quote(value, safe="")
    mine = {
        "absent": [],
        "long": [f"{name}={LONG}"],
        "empty": [f"{name}="],
        "other-case": [f"{name.upper()}={quoted}"],
        "in-the-query": [],
        "repeated": [f"{name}={quoted}"] * 2,
        "repeated-empty": [f"{name}={quoted}", f"{name}="],
        "nul": [f"{name}={quoted}%00"],
        "not-utf8": [f"{name}={quoted}%ff"],
    }[shape]
    query = f"?{name}={quoted}" if shape == "in-the-query" else ""
    return "&".join([urllib.parse.urlencode(others), *mine]), query


def expected(row: Row, shape: str, is_page: bool) -> str:
    if shape in ("absent", "long"):
        return row.absent if shape == "absent" else row.long
    if shape in ("empty", "other-case", "in-the-query"):
        return row.absent
    return PAGE if is_page else INVALID


STATUS: Final = {CLIENT: 401, "invalid_token": 401}


def told(reply: Reply) -> str:
    """What a client is told by an answer of an endpoint that it calls itself."""
    if reply.status == 200:
        return OK
    challenge = reply.headers["WWW-Authenticate"] or ""
    if reply.status == 401 and challenge.startswith("Bearer") and "error=" not in challenge:
        return "401"
    error = str(reply.json["error"])
    assert reply.status == STATUS.get(error, 400), reply.body
    return error


def told_by_browser(reply: Reply, world: World) -> str:
    """What is told where a browser is sent: on to the pages, to the client, or on a page of ours."""
    location = reply.headers["Location"]
    if location is None:
        assert reply.status == 400
        assert reply.headers["Content-Type"].startswith("text/html")
        return PAGE
    assert reply.status in (302, 303)
    if location.startswith(world.server.pages_url):
        return ON
    assert location.startswith(REDIRECT + "&")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
    assert query["iss"]
    return query["error"]


def cells() -> list[tuple[str, str, str, str]]:
    found = []
    for issuer, policy in ISSUERS.items():
        for endpoint, rows in ROWS.items():
            grant = endpoint.partition(" ")[2]
            if grant and grant not in policy.grants:
                continue
            if endpoint in ("authorize", "logout", "userinfo") and not policy.has_people:
                continue
            found += [(issuer, endpoint, name, shape) for name in rows for shape in SHAPES]
    return found


def exceptions(issuer: str, endpoint: str, name: str, answer: str) -> str:
    """What an issuer's guide asks for beyond the standard, or leaves out of it."""
    if issuer == FRENCH and endpoint == "authorize" and answer == ON and name == "state":
        return INVALID  # OAuth U2M guide, step 1: the state is required
    return answer


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.spec("RFC 6749 §3.2")
@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize(
    ("issuer", "endpoint", "name", "shape"), cells(), ids=lambda each: str(each) or "standard"
)
def test_a_parameter_that_is_sent_wrong(
    world: World, issuer: str, endpoint: str, name: str, shape: str
) -> None:
    rows, browser = ROWS[endpoint], endpoint in ("authorize", "logout")
    good = {key: world.good(row.sent, issuer) for key, row in rows.items() if row.sent is not None}
    form, query = shaped(good, name, shape)
    path = f"{issuer}/{endpoint.split(maxsplit=1)[0]}"
    if browser:
        at_page = endpoint == "logout" or name in ("client_id", "redirect_uri")
        answer = exceptions(issuer, endpoint, name, expected(rows[name], shape, at_page))
        ways = [world.post(path + query, form)]
        if shape != "in-the-query":
            ways.append(world.server.request("GET", f"{path}?{form}"))
        assert [told_by_browser(reply, world) for reply in ways] == [answer] * len(ways)
        return
    answer = expected(rows[name], shape, False)
    reply = world.post(path + query, form)
    assert told(reply) == answer, reply.body


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.spec("RFC 6749 §3.2")
@pytest.mark.parametrize("shape", UNKNOWN)
@pytest.mark.parametrize(
    ("issuer", "endpoint"),
    sorted({(issuer, endpoint) for issuer, endpoint, *_ in cells()}),
    ids=lambda each: str(each) or "standard",
)
def test_a_parameter_that_nobody_knows(
    world: World, issuer: str, endpoint: str, shape: str
) -> None:
    """It is ignored, however long; but no parameter may stand twice."""
    rows, browser = ROWS[endpoint], endpoint in ("authorize", "logout")
    good = {key: world.good(row.sent, issuer) for key, row in rows.items() if row.sent is not None}
    more = {
        "sent": "&strange=1",
        "long": f"&strange={LONG}",
        "empty": "&strange=",
        "repeated": "&strange=1&strange=2",
    }[shape]
    reply = world.post(
        f"{issuer}/{endpoint.split(maxsplit=1)[0]}", urllib.parse.urlencode(good) + more
    )
    if browser:
        answer = PAGE if UNKNOWN[shape] and endpoint == "logout" else UNKNOWN[shape] or ON
        assert told_by_browser(reply, world) == answer
    else:
        assert told(reply) == (UNKNOWN[shape] or OK), reply.body


# What is added to a good request; what is told then, and whether the client's state goes back with it.
MALFORMED: Final = {
    "&nonce=1&nonce=2": (INVALID, True),
    "&nonce=%zz": (INVALID, True),
    "&%00=1": (INVALID, True),
    "&state=again": (INVALID, False),
    "&state=": (INVALID, False),
    "&st%61te=again": (INVALID, False),
    "&client_id=again&client_id=again": (PAGE, False),
    "&redirect_uri=https%3A%2F%2Felsewhere.example": (PAGE, False),
    "&redirect%5Furi=https%3A%2F%2Felsewhere.example": (PAGE, False),
    "".join(f"&a{n}=1" for n in range(60)): (PAGE, False),
}


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("more", MALFORMED)
def test_what_is_malformed_is_told_where_it_is_certain_whom(world: World, more: str) -> None:
    """A redirect goes to a registered URI and a client that stand once; a state that stands twice is none."""
    good = {key: world.good(row.sent) for key, row in AUTHORIZE.items() if row.sent is not None}
    reply = world.server.request("GET", f"/authorize?{urllib.parse.urlencode(good)}{more}")
    answer, has_state = MALFORMED[more]
    assert told_by_browser(reply, world) == answer
    if answer == INVALID:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(reply.headers["Location"]).query))
        assert query.get("state") == ("a state" if has_state else None)


@pytest.mark.spec("OIDC Form Post §2")
def test_what_is_malformed_is_told_by_a_form_where_that_was_asked(world: World) -> None:
    good = {key: world.good(row.sent) for key, row in AUTHORIZE.items() if row.sent is not None}
    form = urllib.parse.urlencode(good | {"response_mode": "form_post"})
    reply = world.server.request("GET", f"/authorize?{form}&nonce=2")
    assert reply.status == 200
    assert 'name="error" value="invalid_request"' in reply.body.decode()


ODD_QUERIES: Final = (
    "a=1",
    "a=1&a=2",
    "a=%00",
    "a=%ff",
    "a=" + LONG,
    "client_id=",
    "access_token=x",
)
DOCUMENTS: Final = [
    (issuer, f"{issuer}/{name}")
    for issuer, policy in ISSUERS.items()
    for name in WITHOUT
    if policy.has_people or name not in ("userinfo", ".well-known/openid-configuration")
]


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.spec("RFC 6750 §2.1")
@pytest.mark.parametrize(("query", "document"), list(itertools.product(ODD_QUERIES, DOCUMENTS)))
def test_what_reads_no_parameter_ignores_each(
    world: World, query: str, document: tuple[str, str]
) -> None:
    issuer, path = document
    plain: dict[str, str] = {}
    if path.endswith("userinfo"):
        plain["Authorization"] = f"Bearer {world.tokens(issuer, 'resource')['access_token']}"
        without = world.server.request("GET", f"{path}?{query}")
        assert without.status == 401
    asked = world.server.request("GET", path, headers=plain)
    reply = world.server.request("GET", f"{path}?{query}", headers=plain)
    if path.endswith("userinfo") and query.startswith("access_token="):
        assert reply.status == 400  # a second way of presenting a token: RFC 6750 §2
        return
    assert (reply.status, reply.body) == (200, asked.body)


def test_credentials_of_a_header_are_not_helped_by_the_query(world: World) -> None:
    wrong = "Basic " + base64.b64encode(f"{world.made.client_id}:no".encode()).decode()
    query = urllib.parse.urlencode({"client_secret": world.made.client_secret})
    fields = {"Content-Type": FORM, "Accept": "application/json", "Authorization": wrong}
    form = "grant_type=client_credentials"
    reply = world.server.request("POST", f"/token?{query}", form, fields)
    assert (reply.status, reply.json["error"]) == (401, CLIENT)
    assert world.made.client_secret not in world.server.log.read_text()
