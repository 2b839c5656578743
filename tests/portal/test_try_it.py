"""*Try it*: the call of an operation as the reader's own application, through the gateway, with its form's values."""

import html
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from satsuma.management.subscriptions import put_subscription
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD, new_person
from tests.portal.developer import Developer, developer, form_to, words
from tests.portal.documents import LARGEST, check, of_paths, offered
from tests.portal.test_people import join
from tests.wire.server import Server, running_server

SHOP = {"name": "shop", "in": "path", "required": True, "schema": {"type": "string"}}
DOCUMENT = of_paths(
    shops_get={
        "operationId": "listShops",
        "parameters": [
            {
                "name": "code",
                "in": "query",
                "required": True,
                "schema": {"type": "string", "maxLength": 5},
                "example": "35000",
            },
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 50},
            },
            {"name": "near", "in": "query", "schema": {"type": "number"}},
            {"name": "open", "in": "query", "schema": {"type": "boolean"}},
            {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["town", "mall"]}},
            {
                "name": "tags",
                "in": "query",
                "explode": False,
                "schema": {"type": "array", "items": {}},
            },
            {"name": "box", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
            {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
            {"name": "X-Forwarded-For", "in": "header", "schema": {"type": "string"}},
            {"name": "Host", "in": "header", "schema": {"type": "string"}},
            {"name": "session", "in": "cookie", "schema": {"type": "string"}},
        ],
    },
    **{"shops/{shop}_get": {"operationId": "getShop", "parameters": [SHOP]}},
    **{
        "shops/{shop}_put": {
            "operationId": "putShop",
            "parameters": [SHOP],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"example": {"note": "é"}}},
            },
        }
    },
    login_post={
        "operationId": "logIn",
        "requestBody": {
            "content": {"application/x-www-form-urlencoded": {"example": {"a": "b c"}}}
        },
    },
    **{"../../oauth/v3/token_get": {"operationId": "up"}},
    **{"a/{x}/../b_get": {"operationId": "dots"}},
    **{"b?c=d_get": {"operationId": "query"}},
    trace_trace={"operationId": "trace"},
)


@dataclass
class Upstream:
    """What reached the API, and what it answers."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answer: bytes = b'{"shops": []}'


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    kept = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            kept.asked.append(
                (self.command, self.path, dict(self.headers), self.rfile.read(length))
            )
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(kept.answer)))
            self.end_headers()
            self.wfile.write(kept.answer)

        do_PUT = do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}"
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


@pytest.fixture(scope="module")
def root(server: Server, owner: Developer, upstream: Upstream) -> str:
    """The page of an API that the owner's application is subscribed to."""
    path = offered(server, DOCUMENT, upstream=upstream.url, scopes=())
    made = owner.create()
    name = path.removeprefix("/apis/").removesuffix("/v1")
    server.manage(lambda management: put_subscription(management, made, f"{name}:1"))
    return path


@pytest.fixture(autouse=True)
def nothing_asked(upstream: Upstream) -> None:
    upstream.asked.clear()
    upstream.answer = b'{"shops": []}'


def fields_of(page: Page) -> dict[str, str]:
    """The field of each parameter, by its name."""
    found = re.findall(r'<label for="(p\d+)"><code>([^<]*)</code>', page.text)
    return {html.unescape(name): key for key, name in found}


def send(owner: Developer, root: str, operation: str, **values: str) -> Page:
    path = f"{root}/operations/{operation}"
    page = owner.open(path)
    keys = fields_of(page)
    given = {keys.get(name, name): value for name, value in values.items()}
    return owner.agent.send(page, form_to(page, path), **given)


def sent(page: Page) -> str:
    found = re.search(r'id="sent"[^>]*><code>(.*?)</code>', page.text, re.S)
    assert found, words(page)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


def wrong(page: Page) -> list[str]:
    assert page.status == 400
    return [html.unescape(each) for each in re.findall(r'class="wrong"[^>]*>([^<]*)<', page.text)]


def test_a_call_goes_through_the_gateway_as_the_own_application(
    owner: Developer, root: str, upstream: Upstream, server: Server
) -> None:
    page = send(
        owner, root, "list-shops", code="35 é&", limit="3", tags="a, b,c", **{"X-Trace": "t"}
    )
    assert page.status == 200
    name = root.removeprefix("/apis")
    target = "/shops?code=35%20%C3%A9%26&limit=3&tags=a,b,c"
    assert [(method, path) for method, path, _, _ in upstream.asked] == [("GET", target)]
    fields = {name.lower(): value for name, value in upstream.asked[0][2].items()}
    assert fields["x-trace"] == "t"
    assert "authorization" not in fields
    assert f"GET {name}{target} HTTP/1.1" in sent(page)
    assert re.search(r"Authorization: Bearer \S{6}…\S{4}\n", sent(page))
    assert '"shops": []' in words(page)
    token = re.search(r"Bearer (sat_[\w-]{20,})", page.text)
    assert token is None


def test_a_body_is_sent_as_it_was_typed(owner: Developer, root: str, upstream: Upstream) -> None:
    body = '{"note":\n "é"}'
    page = send(owner, root, "put-shop", shop="a/b c", body=body)
    assert page.status == 200
    ((method, path, fields, came),) = upstream.asked
    assert (method, path) == ("PUT", "/shops/a%2Fb%20c")
    assert json.loads(came) == {"note": "é"}
    assert {name.lower(): value for name, value in fields.items()}[
        "content-type"
    ] == "application/json"
    assert ">\na=b+c</textarea>" in owner.open(f"{root}/operations/log-in").text
    send(owner, root, "log-in", body="a=b+c")
    assert upstream.asked[-1][3] == b"a=b+c"


def test_the_form_has_the_examples_of_the_document(owner: Developer, root: str) -> None:
    page = owner.open(f"{root}/operations/list-shops")
    assert re.search(r'<input class="mono" id="p0" name="p0" value="35000"', page.text)
    assert set(fields_of(page)) == {
        "code",
        "limit",
        "near",
        "open",
        "kind",
        "tags",
        "box",
        "X-Trace",
    }
    assert "Not sent from here: X-Forwarded-For session" in words(page)
    assert "&#34;note&#34;: &#34;é&#34;" in owner.open(f"{root}/operations/put-shop").text


@pytest.mark.parametrize(
    ("operation", "values", "says"),
    [
        ("list-shops", {"code": ""}, "This is needed."),
        ("list-shops", {"code": "350000"}, "At most 5 characters."),
        ("list-shops", {"code": "a\u202eb"}, "Letters and signs that can be seen, in one line."),
        (
            "list-shops",
            {"code": "a\r\nX-Evil: 1"},
            "Letters and signs that can be seen, in one line.",
        ),
        ("list-shops", {"limit": "0"}, "At least 1."),
        ("list-shops", {"limit": "51"}, "At most 50."),
        ("list-shops", {"limit": "1.5"}, "A whole number."),
        ("list-shops", {"limit": "٣"}, "A whole number."),
        ("list-shops", {"near": "1e"}, "A number."),
        ("list-shops", {"open": "perhaps"}, "One of those that are listed."),
        ("list-shops", {"kind": "city"}, "One of those that are listed."),
        ("list-shops", {"box": "{"}, "This is no JSON"),
        ("list-shops", {"box": "[" * 900}, "This is no JSON"),
        ("list-shops", {"box": '{"a": "\\ud800"}'}, "This is no JSON"),
        ("list-shops", {"X-Trace": "é"}, "A header has letters without accents, digits and signs."),
        ("list-shops", {"near": "1" * 2000}, "At most 1000 characters."),
        ("get-shop", {"shop": ".."}, "A part of a path is not . or .."),
        ("get-shop", {"shop": ""}, "This is needed."),
        ("put-shop", {"shop": "a", "body": "{,}"}, "This is no JSON"),
        ("put-shop", {"shop": "a", "body": ""}, "This is needed."),
        ("put-shop", {"shop": "a", "body": "1" * 9000}, "At most 8000 characters."),
    ],
)
def test_a_bad_value_gets_a_message_beside_its_field_and_nothing_is_sent(
    owner: Developer,
    root: str,
    upstream: Upstream,
    operation: str,
    values: dict[str, str],
    says: str,
) -> None:
    page = send(owner, root, operation, **values)
    (message,) = wrong(page)
    assert message.startswith(says)
    assert page.text.count('aria-invalid="true"') == 1
    assert len(page.text.encode()) < LARGEST
    assert upstream.asked == []


@pytest.mark.parametrize("operation", ["oauth-v3-token", "up", "dots", "query", "trace"])
def test_what_is_no_plain_path_below_the_api_is_not_sent(
    owner: Developer, root: str, operation: str
) -> None:
    page = owner.open(f"{root}/operations/{operation}")
    if page.status == 200:
        assert "This operation cannot be sent from here" in words(page)
        assert "/operations/" not in "".join(re.findall(r'action="([^"]*)"', page.text))
    else:
        assert (operation, page.status) == ("oauth-v3-token", 404)


def test_no_address_comes_from_a_form(owner: Developer, root: str, upstream: Upstream) -> None:
    more = {"url": "http://127.0.0.1:1/", "path": "/x", "Host": "evil.example", "p99": "x"}
    page = send(owner, root, "get-shop", shop="http://127.0.0.1:1/x", **more)
    assert page.status == 200
    ((_, path, _, _),) = upstream.asked
    assert path == "/shops/http%3A%2F%2F127.0.0.1%3A1%2Fx"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (b'{"cut": "\\ud83d"}', "\\ud83d"),
        (b'{"turned": "\\u202etxt"}', "\\u202etxt"),
        (b"[" * 15_000, "[[["),
        (b"[" * 900 + b"]" * 900, "["),
        (b'{"n": ' + b"9" * 6000 + b"}", "999"),
    ],
)
def test_a_strange_answer_is_shown(
    owner: Developer, root: str, upstream: Upstream, answer: bytes, shown: str
) -> None:
    upstream.answer = answer
    page = send(owner, root, "list-shops", code="35000")
    assert page.status == 200
    assert shown in html.unescape(page.text)
    assert "\u202e" not in page.text


def test_a_large_answer_is_cut_and_the_page_stays_small(
    owner: Developer, root: str, upstream: Upstream
) -> None:
    for answer in (b"[" + b"1," * 8000 + b"1]", b'"' * 16000, "é\u202e<script>".encode() * 3000):
        upstream.answer = answer
        page = send(owner, root, "list-shops")
        assert page.status == 200
        assert len(page.text.encode()) < LARGEST
        check(page.text)


def test_who_may_not_send_is_told_why(server: Server, owner: Developer, root: str) -> None:
    path = f"{root}/operations/list-shops"
    stranger = Agent(server)
    assert "Log in to send this request" in words(stranger.open(f"{server.pages_url}{path}"))
    other = developer(server)
    assert "Create an application to send this request" in words(other.open(path))
    public = other.create(kind="public")
    assert "This application is public" in words(other.open(f"{path}?app={public}"))
    own = other.create()
    assert "is not subscribed to this API" in words(other.open(f"{path}?app={own}"))
    assert 'action="/apis' not in other.open(f"{path}?app={own}").text


def test_a_post_needs_a_login_a_form_token_and_a_subscription(
    server: Server, owner: Developer, root: str, upstream: Upstream
) -> None:
    path = f"{root}/operations/list-shops"
    url = f"{server.pages_url}{path}"
    fields = form_to(owner.open(path), path).fields
    stranger = Agent(server)
    assert stranger._fetch("POST", url, fields, url).status == 303
    assert owner.agent._fetch("POST", url, fields | {"form_token": "x"}, url).status == 400
    other = developer(server)
    other.create()
    token = form_to(other.open("/myapps"), "/myapps").fields["form_token"]
    refused = other.agent._fetch("POST", url, fields | {"form_token": token}, url)
    assert refused.status == 400
    assert upstream.asked == []


def test_a_refused_token_is_what_is_shown(server: Server, root: str) -> None:
    person = developer(server)
    made = person.create()
    name = root.removeprefix("/apis/").removesuffix("/v1")
    server.manage(lambda management: put_subscription(management, made, f"{name}:1"))
    page = person.open(f"{root}/operations/list-shops?app={made}")
    form = form_to(page, "/list-shops")
    for _ in range(60):
        page = person.agent.send(page, form)
        if "429 Too Many Requests" in words(page):
            break
    assert "/token HTTP/1.1" in sent(page)


@pytest.mark.slow
def test_where_sign_up_is_closed_only_a_developer_tries(tmp_path: Path) -> None:
    """The role, not the form, decides: a person who has none is offered nothing and gets nothing sent."""
    closed = {"SATSUMA_SIGN_UP": "closed"}
    with running_server(tmp_path, options=("--test",), environment=closed) as server:
        path = f"{offered(server, DOCUMENT)}/operations/list-shops"
        person = new_person(server)
        agent = Agent(server)
        agent.log_in(agent.open(f"{server.pages_url}/login?to=/apis"), person.email, PASSWORD)
        url = f"{server.pages_url}{path}"
        page = agent.open(url)
        assert 'action="/apis' not in page.text
        token = form_to(agent.open(f"{server.pages_url}/generator"), "/generator").fields
        sent = agent._fetch("POST", url, {"form_token": token["form_token"], "p0": "1"}, url)
        assert sent.status == 400
        assert 'id="sent"' not in sent.text


def test_the_use_of_the_secret_is_audited_and_no_secret_is_logged(
    server: Server, owner: Developer, root: str
) -> None:
    send(owner, root, "list-shops")
    rows: list[Any] = server.manage(
        lambda management: management.store.read(lambda reader: reader.audit_since(0, 9999))
    )
    assert any(row.action == "reference.try" for row in rows)
    assert not re.search(r"sat_[\w-]{20,}", server.log.read_text())


def test_a_viewer_sends_nothing_as_the_application(
    owner: Developer, root: str, upstream: Upstream, server: Server
) -> None:
    viewer = developer(server)
    join(owner, viewer, "viewer")
    application = owner.agent.cookies["satsuma-app"]
    path = f"{root}/operations/list-shops"
    form = form_to(owner.open(path), path)
    page = viewer.open(f"{path}?app={application}")
    assert "as a viewer" in words(page)
    token = form_to(page, "/choose").fields["form_token"]
    fields = form.fields | {"form_token": token}
    answer = viewer.agent._fetch(
        "POST", f"{server.pages_url}{path}?app={application}", fields, page.url
    )
    assert answer.status == 400
    assert upstream.asked == []


def test_a_call_is_made_as_the_application_that_the_page_showed(
    owner: Developer, root: str, upstream: Upstream
) -> None:
    """A second tab chooses another application meanwhile."""
    path = f"{root}/operations/list-shops"
    before = owner.agent.cookies["satsuma-app"]
    page = owner.open(path)
    try:
        owner.create()
        assert "not subscribed" in words(owner.open(path))
        keys = fields_of(page)
        answer = owner.agent.send(page, form_to(page, path), **{keys["code"]: "35000"})
        assert answer.status == 200
        assert len(upstream.asked) == 1
    finally:
        owner.agent.cookies["satsuma-app"] = before
