"""What a scope means stands on the pages in the provider's words and the user's language, as text and nothing else."""

import time
from dataclasses import replace

from satsuma.domain.apis import ScopeRule
from satsuma.management import apis
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, STANDARD, authorize_url, new_client, new_person
from tests.wire.server import Server, wait_until

TRICKY = "100 %(of)s <b>your</b> & “our” {{ places }}"


def test_consent_and_connected_applications_speak_the_providers_words(server: Server) -> None:
    name = f"texts-{time.monotonic_ns()}"
    texts = (
        (f"{name}:read", "", "See the places near you"),
        (f"{name}:read", "fr", "Voir les lieux près de vous"),
    )
    server.new_api(name, scope_texts=texts)
    made = new_client(server, apis=(name,))
    scope = f"openid {name}:read"
    for language, sentence in (("en", "See the places near you"), ("fr", texts[1][2])):
        person, agent = new_person(server), Agent(server, language=language)
        page = agent.open(authorize_url(server, made, STANDARD, scope=scope))
        page = agent.log_in(page, person.email, PASSWORD)
        assert sentence in page.text
        assert "Use “" not in page.text
        assert agent.send(page, decision="allow").left
        page = agent.open(f"{server.pages_url}/account/applications")
        assert sentence in page.text
        assert [s for s in (texts[0][2], texts[1][2]) if s in page.text] == [sentence]


def test_a_language_without_a_sentence_has_the_one_for_any_or_ours(server: Server) -> None:
    name = f"some-{time.monotonic_ns()}"
    scopes = (f"{name}:a", f"{name}:b")
    texts = ((scopes[0], "", TRICKY), (scopes[1], "fr", "Seulement en français"))
    rules = tuple(ScopeRule(scope) for scope in scopes)
    server.new_api(name, scopes=rules, scope_texts=texts)
    made = new_client(server, apis=(name,))
    agent = Agent(server)
    person = new_person(server)
    page = agent.open(authorize_url(server, made, STANDARD, scope=f"openid {' '.join(scopes)}"))
    page = agent.log_in(page, person.email, PASSWORD)
    assert "100 %(of)s &lt;b&gt;your&lt;/b&gt; &amp; “our” {{ places }}" in page.text
    assert f"Use “{name.title()}” for you ({name}:b)" in page.text
    assert "Seulement" not in page.text


def test_a_sentence_that_was_changed_stands_on_the_pages_within_a_second(server: Server) -> None:
    name = f"change-{time.monotonic_ns()}"
    api, _ = server.new_api(name)
    made, person, agent = new_client(server, apis=(name,)), new_person(server), Agent(server)
    url = authorize_url(server, made, STANDARD, scope=f"openid {name}:read")
    page = agent.log_in(agent.open(url), person.email, PASSWORD)
    assert "Use “" in page.text
    texts = ((f"{name}:read", "", "Read on"),)
    server.manage(
        lambda context: apis.replace_api(
            context, api, lambda found: replace(found, scope_texts=texts)
        )
    )
    wait_until(lambda: "Read on" in agent.open(url).text, 1)
