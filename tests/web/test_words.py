"""Every text of a page is there in both languages, in the words of the glossary."""

import ast
import inspect
import re
from typing import get_args

import pytest
from zxcvbn import feedback

from satsuma.accounts.letters import LetterKind
from satsuma.web.languages import LANGUAGES, messages
from satsuma.web.letter_texts import Composer
from satsuma.web.wording import HINTS
from tests.web.words import ROOT, all_texts, for_developers, templates

# Words that are the same in both languages.
SAME = {
    *(
        "Cause",
        "API",
        "PKCE",
        "MyApps",
        "Application",
        "Applications",
        "Description",
        "Guides",
        "Minute",
        "Secret",
        "Secrets",
    ),
    *("2 secrets", "active"),
}
# These speak to who registers applications, in the standard's words.
FOR_DEVELOPERS = {
    "Register it, character for character, among the application's logout addresses; without any, its redirect URIs "
    "stand for them.",
    "Your client space still has applications. Delete them first.",
    "%(account)s invites you to work on the applications of a client space.",
    "You are the last owner of a client space that other people are in. Make one of them an owner, or take them out, "
    "first.",
    "The id_token_hint is not an ID token of this issuer for this client.",
    "Register this redirect_uri, character for character, in the application's config section; a slash at the end, "
    "the port and the letters' case all count.",
}
FIELD = re.compile(r"%\(\w+\)s")
FRENCH = messages("fr")


def glossary() -> list[list[str]]:
    lines = (ROOT / "docs/glossary.md").read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def listed(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip()]


def says(text: str, word: str) -> bool:
    return (
        re.search(rf"(?<![-\w]){re.escape(word)}\b", FIELD.sub("", text), re.IGNORECASE) is not None
    )


def test_every_text_has_a_french_one_and_no_other_is_kept() -> None:
    assert all_texts() == set(FRENCH)


def test_no_french_text_is_the_english_one_unless_listed() -> None:
    assert {text for text, french in FRENCH.items() if text == french} == SAME


def test_translations_fill_in_the_same_values() -> None:
    wrong = [t for t, f in FRENCH.items() if sorted(FIELD.findall(t)) != sorted(FIELD.findall(f))]
    assert wrong == []


def test_every_hint_about_passwords_is_known() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(feedback)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
    ]
    assert {node.args[0].value for node in calls} == set(HINTS)


@pytest.mark.parametrize("row", glossary(), ids=lambda row: row[0])
def test_pages_use_the_words_of_the_glossary(row: list[str]) -> None:
    word, french, _, never = row
    for_people = all_texts() - for_developers()
    found = [t for t in for_people for each in listed(never) if says(t, each)]
    assert [t for t in found if t not in FOR_DEVELOPERS] == []
    for text, translated in FRENCH.items():
        if says(text, word):
            assert any(each in translated.lower() for each in listed(french)), (text, translated)


NO_LINK = ("nobody", "email-taken", "email-changed-again", "email-restored", "deleted", "held")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_every_letter_is_written_in_every_language(kind: LetterKind, language: str) -> None:
    compose = Composer("https://pages.example")
    subject, text, html = compose(kind, language, "somebody@people.example", "T0KEN")
    assert subject in html
    assert f'<html lang="{language}">' in html
    assert "somebody@people.example" in text
    has_link = "https://pages.example/" in text.partition("\n--\n")[0]
    assert ("T0KEN" in text) == ("T0KEN" in html)
    assert has_link == (kind not in NO_LINK)


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    for template in templates():
        text = template.read_text()
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\bstyle=|\son[a-z]+=", text), template
        assert len(text.splitlines()) <= 60, template


def test_every_input_has_a_label() -> None:
    for template in templates():
        for field in re.findall(r"<(?:input|select)\b[^>]*>", template.read_text()):
            named = re.search(r'\bid="(\w+)"', field)
            labelled = named and f'<label for="{named[1]}">' in template.read_text()
            hidden = (
                'type="hidden"' in field
                or 'type="radio"' in field
                or "aria-label" in field
                or "{{" in field
            )
            assert labelled or hidden, f"{template.name}: {field}"
