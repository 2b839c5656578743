"""What others named stands on our pages as itself: it turns no sentence round, and leads nowhere else than it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import escape

from satsuma import web
from satsuma.domain.display_names import canonical_name
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, authorize_url, new_client, new_person
from tests.wire.server import Server, running_server

STANDARD = ""
TEMPLATES = Path(web.__file__).parent / "templates"
OTHERS = re.compile(
    r"(application|app|chosen)\.name\b(?!\[0\])|api\.title|application=application|publisher=published"
)
# What stands before a name that needs no isolation of its own: an attribute, the title of the window, one around it.
ALONE = re.compile(r'(="[^"]*|<bdi>|block title %\}[^{]*(\{\{[^}]*\}\}[^{]*|\{%[^%]*%\}[^{]*)*)$')
"""What others named, where a template takes it into a text."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("names"), options=("--test",)) as running:
        yield running


def consent(server: Server, redirect_uri: str, name: str) -> tuple[str, str]:
    """The login page and the consent page of an application of this name."""
    made = new_client(server, redirect_uris=(redirect_uri,), public=True, name=name)
    agent = Agent(server)
    login = agent.open(authorize_url(server, made, STANDARD, redirect_uri=redirect_uri))
    return login.text, agent.log_in(login, new_person(server).email, PASSWORD).text


@pytest.mark.spec("HTML Standard")
@pytest.mark.parametrize("name", ["תפוז", "👩‍💻 Team", "A <b> & 'c'"])
def test_a_name_is_isolated_wherever_it_stands_in_a_sentence(server: Server, name: str) -> None:
    shown = str(escape(name))
    login, asked = consent(server, "https://weather.example/cb", name)
    assert f"to continue to <bdi>{shown}</bdi>" in login
    assert f"<bdi>{shown}</bdi> asks for access" in asked
    assert asked.count(shown) == asked.count(f"<bdi>{shown}</bdi>")


@pytest.mark.parametrize(
    ("redirect_uri", "where"),
    [
        ("https://weather.example:8443/cb?x=1", "weather.example"),
        ("https://xn--bcher-kva.example/cb", "xn--bcher-kva.example"),
        ("http://127.0.0.1:5000/cb", "127.0.0.1"),
        ("com.example.app:/cb", "<bdi>Sunny</bdi>"),
        ("com.example.app://bank.test/cb", "<bdi>Sunny Too</bdi>"),
    ],
)
def test_consent_says_where_a_browser_will_go(
    server: Server, redirect_uri: str, where: str
) -> None:
    name = "Sunny Too" if "Too" in where else "Sunny" if "Sunny" in where else f"Of {where}"
    _, asked = consent(server, redirect_uri, name)
    assert f"You return to {where}. " in asked


def test_no_template_shows_a_name_of_others_that_is_not_isolated() -> None:
    shown = [
        (template.name, found[0], bool(ALONE.search(text[: found.start()][-200:])))
        for template in sorted(TEMPLATES.rglob("*.html"))
        for text in [template.read_text()]
        for found in re.finditer(r"\{\{.*?\}\}", text)
        if OTHERS.search(found[0])
    ]
    assert len(shown) >= 15
    assert [each for each in shown if "| apart" not in each[1] and not each[2]] == []


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Cafe\u0301", "Caf\u00e9"),
        ("👩\u200d💻 Team", "👩\u200d💻 Team"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (" a ", "a"),
        ("a\u202eb", None),
        ("a\u2066b", None),
        ("a\u200bb", None),
        ("a\nb", None),
        ("\u200d", None),
        ("\u200da", None),
        ("", None),
        ("\u3164", None),
        ("Bank\u3164", None),
        ("\u115f\u1160", None),
        ("\u2800", None),
        ("\uffa0", None),
        ("\u0301\ufe0f", None),
        ("한국", "한국"),
        ("1", "1"),
        ("a" * 81, None),
    ],
)
def test_a_name_has_one_form_and_nothing_unseen(text: str, stored: str | None) -> None:
    assert canonical_name(text) == stored
