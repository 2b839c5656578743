"""What a person allowed, and no more: each claim by each scope by each consent, and the same at the wire."""

import itertools
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from satsuma.domain.authorization import IssueCodeFor, ShowConsent, decide
from satsuma.domain.claims import COVERED_BY, MEMBERS, asked_claims, parse_claims, to_allow
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from tests.domain.facts import NOW, a_consent, a_request, a_situation
from tests.oauth.agent import Agent
from tests.oauth.flow import (
    PASSWORD,
    REDIRECT,
    STANDARD,
    Person,
    again,
    authorize_url,
    claims_of,
    get_code,
    new_client,
    new_person,
    redeem,
)
from tests.wire.server import Made, Server, running_server

SCOPES: Final = ("openid", "openid profile", "openid email", "openid profile email")
CONSENTS: Final = (None, *SCOPES)
CASES = list(itertools.product(COVERED_BY, MEMBERS, SCOPES, CONSENTS))
SENTENCES: Final = {
    "email": "See your e-mail address",
    "profile": "See your name and your language",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("claims"), options=("--test",)) as running:
        yield running


@pytest.fixture(scope="module")
def person(server: Server) -> Person:
    return new_person(server)


def naming(claim: str, member: str) -> str:
    text = parse_claims(json.dumps({member: {claim: {"essential": True}}}))
    assert text is not None
    return text


@pytest.mark.spec("OIDC Core §3.1.2.4")
@pytest.mark.spec("OIDC Core §5.5")
@pytest.mark.parametrize(("claim", "member", "scope", "consent"), CASES)
def test_a_claim_is_asked_for_as_its_scope_is(
    claim: str, member: str, scope: str, consent: str | None
) -> None:
    """The judge is the same request with the covering scope in the place of the claim."""
    claims, scopes = naming(claim, member), tuple(scope.split())
    kept = None if consent is None else a_consent(*consent.split())
    for prompt in ((), ("none",)):
        by_claim = a_request(scope=scopes, claims=claims, prompt=prompt)
        covered = tuple(dict.fromkeys((*scopes, COVERED_BY[claim])))
        by_scope = a_request(scope=covered, prompt=prompt)
        known = a_situation(consent=kept)
        told, judged = decide(by_claim, known, NOW), decide(by_scope, known, NOW)
        if isinstance(judged, IssueCodeFor):
            assert told == IssueCodeFor(scopes)
        else:
            assert told == judged
            assert isinstance(told, Refusal if prompt else ShowConsent)
    just = a_situation(consent=None, consented=by_claim.to_allow)
    assert decide(by_claim, just, NOW) == IssueCodeFor(scopes)
    less = a_situation(consent=None, consented=("openid",))
    assert (decide(by_claim, less, NOW) == IssueCodeFor(scopes)) == (covered == ("openid",))


@pytest.mark.parametrize(("claim", "member", "scope", "consent"), CASES)
def test_a_claim_is_given_only_when_it_was_allowed(
    claim: str, member: str, scope: str, consent: str | None
) -> None:
    allowed = () if consent is None else tuple(consent.split())
    given = asked_claims(scope, naming(claim, member), member, allowed)
    by_scope = asked_claims(scope, None, member, allowed)
    is_allowed = COVERED_BY[claim] in allowed
    if claim == "preferred_username":  # made of the address
        is_allowed = is_allowed and "email" in allowed
    assert (claim in given) == (is_allowed or claim in by_scope)


def test_what_must_be_allowed_names_each_scope_once() -> None:
    both = parse_claims('{"userinfo":{"email":null,"locale":null},"id_token":{"email":null}}')
    assert to_allow(("openid",), both) == ("openid", "email", "profile")
    assert to_allow(("profile", "openid"), both) == ("profile", "openid", "email")
    assert to_allow(("openid",), parse_claims('{"userinfo":{"birthdate":null}}')) == ("openid",)


MALFORMED = (
    "null",
    "[]",
    '"email"',
    "{",
    '{"userinfo": null}',
    '{"userinfo": []}',
    '{"id_token": {"email": true}}',
    '{"id_token": {"email": "yes"}}',
    '{"id_token": {"email": []}}',
    '{"id_token": {"acr": {"essential": "true"}}}',
    '{"id_token": {"acr": {"essential": null}}}',
    '{"id_token": {"acr": {"values": "1"}}}',
    '{"id_token": {"acr": {"values": []}}}',
    '{"a":' * 980 + "1" + "}" * 980,
    "[" * 2000,
)


@pytest.mark.spec("OIDC Core §5.5.1")
@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: text[:40])
def test_what_is_malformed_is_refused(server: Server, person: Person, text: str) -> None:
    if '{"a":' in text:
        assert parse_claims(text) in (None, '{"userinfo":{},"id_token":{}}')
        return
    assert parse_claims(text) is None
    page = Agent(server).open(authorize_url(server, new_client(server), STANDARD, claims=text))
    assert page.query["error_description"] == errors.CLAIMS_MALFORMED.says


@pytest.mark.parametrize(
    "how", [None, {}, {"essential": True}, {"value": "x"}, {"values": ["1", 2]}, {"new": [1]}]
)
def test_every_way_to_ask_is_taken(how: Any) -> None:
    assert parse_claims(json.dumps({"userinfo": {"email": how}, "later": 1})) is not None


@pytest.mark.parametrize(
    ("depth", "kept"), [(20, '{"userinfo":{"email":null},"id_token":{}}'), (300, None)]
)
def test_nesting_is_bounded_and_goes_no_further_than_the_request(
    depth: int, kept: str | None
) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"a": deep}
    assert parse_claims(json.dumps({"userinfo": {"email": {"value": deep}}})) == kept


def ask(server: Server, made: Made, person: Person, **more: str) -> tuple[Agent, Any]:
    agent = Agent(server)
    page = agent.open(authorize_url(server, made, STANDARD, **more))
    return agent, agent.log_in(page, person.email, PASSWORD)


def told(server: Server, made: Made, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    body = redeem(server, made, code, STANDARD).json
    info = server.call("/userinfo", body["access_token"]).json
    return info, claims_of(body["id_token"])


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("claim", ["email", "locale"])
def test_a_claim_stands_on_the_consent_page_until_it_was_allowed(
    server: Server, person: Person, claim: str, member: str
) -> None:
    made, asked = new_client(server), json.dumps({member: {claim: None}})
    sentence = SENTENCES[COVERED_BY[claim]]
    agent, page = ask(server, made, person, scope="openid")
    assert sentence not in page.text
    info, id_token = told(server, made, agent.send(page, decision="allow").query["code"])
    assert claim not in {**info, **id_token}
    silent = again(agent, made, STANDARD, scope="openid", claims=asked, prompt="none")
    assert silent.query["error"] == "consent_required"
    page = again(agent, made, STANDARD, scope="openid", claims=asked)
    assert sentence in page.text
    info, id_token = told(server, made, agent.send(page, decision="allow").query["code"])
    assert claim in (info if member == "userinfo" else id_token)
    page = again(agent, made, STANDARD, scope="openid", claims=asked, prompt="none")
    assert (
        claim in {**told(server, made, page.query["code"])[0], **{member: 0}}
        or member != "userinfo"
    )
    page = agent.open(f"{server.pages_url}/account/applications")
    assert sentence in page.text


def test_a_profile_says_nothing_of_the_address(server: Server, person: Person) -> None:
    made = new_client(server)
    agent, page = ask(server, made, person, scope="openid profile")
    info, _ = told(server, made, agent.send(page, decision="allow").query["code"])
    local_part = person.email.partition("@")[0]
    assert local_part not in json.dumps(info)
    assert set(info) == {"sub", "locale", "updated_at"}
    page = again(agent, made, STANDARD, scope="openid profile email")
    info, _ = told(server, made, agent.send(page, decision="allow").query["code"])
    assert info["preferred_username"] == info["email"] == person.email


@pytest.mark.parametrize("hint", ["not.an.idtoken", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"])
@pytest.mark.parametrize(
    ("prompt", "row"), [(None, errors.HINT_UNKNOWN), ("none", errors.LOGIN_REQUIRED)]
)
def test_a_hint_of_nobody_is_an_error_to_the_client(
    server: Server, person: Person, hint: str, prompt: str | None, row: ErrorRow
) -> None:
    url = authorize_url(server, new_client(server), STANDARD, id_token_hint=hint, prompt=prompt)
    page = Agent(server).open(url)
    assert page.url.startswith(REDIRECT)
    assert page.query["error"] == row.error
    assert page.query["error_description"] == row.says


def test_a_letter_carries_no_request_and_the_browser_that_asked_goes_on(server: Server) -> None:
    from tests.signin.browser import NEW_PASSWORD, link

    made, person = new_client(server), new_person(server)
    agent = Agent(server)
    page = agent.open(authorize_url(server, made, STANDARD))
    r = page.query["r"]
    page = agent.open(f"{server.pages_url}/reset?r={r}")
    agent.send(page, email=person.email)
    url = link(server, person.email)
    assert "r=" not in url
    elsewhere = Agent(server)
    assert elsewhere.send(elsewhere.open(url), password=NEW_PASSWORD).url.endswith("/account")
    agent.send(agent.open(f"{server.pages_url}/reset?r={r}"), email=person.email)
    url = link(server, person.email, 3)
    page = agent.send(agent.open(url), password=f"{NEW_PASSWORD} again")
    assert page.url.startswith(f"{server.pages_url}/interaction")


@pytest.mark.spec("OIDC Core §3.1.2.2")
@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("member", ["id_token", "userinfo"])
def test_a_subject_that_is_demanded_is_the_one_or_nobody(
    server: Server, person: Person, prompt: str | None, member: str
) -> None:
    """A client that asks for the tokens of one person gets no other's."""
    made = new_client(server)
    code, agent = get_code(server, made, person, STANDARD)
    mine = claims_of(redeem(server, made, code, STANDARD).json["id_token"])["sub"]
    code, _ = get_code(server, made, new_person(server), STANDARD)
    others = claims_of(redeem(server, made, code, STANDARD).json["id_token"])["sub"]

    def asked(sub: Any) -> Any:
        claims = json.dumps({member: {"sub": {"value": sub}}})
        return again(agent, made, STANDARD, claims=claims, prompt=prompt)

    assert "code" in asked(mine).query
    for sub in (others, "sub_nobody", 7):
        page = asked(sub)
        assert "code" not in page.query
        if prompt == "none":
            assert page.query["error"] == "login_required"
        elif sub != others:
            assert page.query["error"] == "invalid_request", "a login would lead to login for ever"


@pytest.mark.spec("OIDC Core §8.1")
@pytest.mark.parametrize("prompt", [None, "none"])
def test_another_applications_subject_names_nobody(
    server: Server, person: Person, prompt: str | None
) -> None:
    """Else an application would learn by whom another one knows its user."""
    mine, theirs = new_client(server), new_client(server)
    _, agent = get_code(server, mine, person, STANDARD)
    code, _ = get_code(server, theirs, person, STANDARD)
    token = redeem(server, theirs, code, STANDARD).json["id_token"]
    claims = json.dumps({"id_token": {"sub": {"value": claims_of(token)["sub"]}}})
    error = "login_required" if prompt == "none" else "invalid_request"
    for named in ({"claims": claims}, {"id_token_hint": token}):
        assert again(agent, mine, STANDARD, prompt=prompt, **named).query["error"] == error
