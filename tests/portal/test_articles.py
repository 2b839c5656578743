"""Articles: ours in both languages, the operator's in their place, and what is wrong with a file that is not shown."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.domain.issuers import STANDARD
from satsuma.portal.articles import reading
from satsuma.portal.articles.reading import (
    LARGEST,
    OURS,
    Article,
    BadArticle,
    faults_of,
    own_words,
    parse_article,
    read_folder,
)
from satsuma.web.languages import LANGUAGES
from tests.cli.program import Cli
from tests.oauth.agent import Agent, Page
from tests.wire.server import Server, running_server, wait_until

WORDS = own_words("https://api.example", "https://pages.example", (STANDARD,))
NAMES = {path.stem for path in (OURS / "en").glob("*.md")}


def made(text: str, name: str = "terms") -> Article:
    return parse_article(name, "en", text, WORDS)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for language in LANGUAGES:
        (tmp_path / "content" / language).mkdir(parents=True)
    return tmp_path / "content"


@pytest.fixture
def operated(tmp_path: Path, content: Path) -> Iterator[Server]:
    (content / "en" / "support.md").write_text("# Ask us\n\nWe answer within a day.\n\nmail us\n")
    settings = {"SATSUMA_CONTENT": str(content)}
    with running_server(tmp_path, environment=settings, options=("--test",)) as server:
        yield server


def seen(server: Server, path: str, language: str = "en") -> tuple[int, str]:
    host = server.pages_url.partition("//")[2]
    reply = server.request("GET", path, headers={"Accept-Language": language}, host=host)
    return reply.status, reply.body.decode()


def opened(server: Server, path: str) -> Page:
    return Agent(server).open(f"{server.pages_url}{path}")


def test_each_of_ours_is_in_every_language() -> None:
    assert {"introduction", "how-to-start", "troubleshooting"} <= NAMES
    for language in LANGUAGES:
        found, wrong = read_folder(OURS, language, WORDS)
        assert (found.keys(), wrong) == (NAMES, {})
        assert all(each.lead and each.is_ours for each in found.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_link_of_ours_leads_to_a_page(server: Server, name: str, language: str) -> None:
    status, text = seen(server, f"/guides/{name}", language)
    assert status == 200
    assert "{{" not in text
    body = text.partition('<article class="prose">')[2].partition("</article>")[0]
    links = set(re.findall(r'href="(/[^"#]*)', body))
    assert links
    for link in links:
        assert seen(server, link)[0] in (200, 303), link


def test_the_operators_has_its_address_its_link_and_no_place_among_the_guides(
    operated: Server,
) -> None:
    assert "We answer within a day." in seen(operated, "/support")[1]
    assert 'href="/support">Ask us<' in seen(operated, "/apis")[1]
    assert 'lang="en">Ask us<' in seen(operated, "/apis", "fr")[1]
    assert "Ask us" not in seen(operated, "/guides")[1].partition("<footer")[0]
    assert seen(operated, "/faq")[0] == seen(operated, "/guides/support")[0] == 404
    assert seen(operated, "/support.md")[1].startswith("# Ask us")


def test_a_file_takes_the_place_of_ours_and_gives_it_back_within_a_second(
    operated: Server, content: Path
) -> None:
    ours = seen(operated, "/guides/how-to-start")[1]
    path = content / "en" / "how-to-start.md"
    path.write_text("# Begin\n\nOur own way, at {{api_url}}.\n")

    def shows(text: str) -> bool:
        return text in seen(operated, "/guides/how-to-start")[1]

    wait_until(lambda: shows(f"Our own way, at {operated.api_url}."), 1.5)
    assert 'lang="en">Our own way' in seen(operated, "/guides/how-to-start", "fr")[1] or (
        'lang="en"' in seen(operated, "/guides/how-to-start", "fr")[1]
    )
    path.unlink()
    wait_until(lambda: shows("From nothing to a call that works"), 1.5)
    assert seen(operated, "/guides/how-to-start")[1] == ours


BROKEN = {
    "no title": (b"Begin here\n\ntext", "no title"),
    "a long title": (b"# " + b"x" * 121 + b"\n", "no title"),
    "no text": (b"\xff\xfe\x00", "UTF-8"),
    "too large": (b"# A\n\n" + b"x" * LARGEST, "larger than"),
    "a word of nobody": (b"# A\n\n{{client_secret}}", "{{client_secret}}"),
    "empty": (b"", "no title"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_leaves_the_old_one_and_a_line_for_the_operator(
    operated: Server, content: Path, case: str
) -> None:
    broken, why = BROKEN[case]
    path = content / "en" / "support.md"
    before = path.stat().st_mtime_ns
    assert "We answer" in seen(operated, "/support")[1]
    path.write_bytes(broken)
    os.utime(path, ns=(before + 10**9, before + 10**9))
    wait_until(
        lambda: seen(operated, "/support") and "article_unshown" in operated.log.read_text(), 3
    )
    assert "We answer within a day." in seen(operated, "/support")[1]
    (found,) = faults_of(content, WORDS)
    assert str(path) in found
    assert why in found


def test_a_file_that_nobody_may_read_is_told(content: Path) -> None:
    (content / "en" / "faq.md").symlink_to(content / "en" / "faq.md")
    (content / "en" / "Bad Name.md").write_text("# A\n")
    os.mkfifo(content / "en" / "pipe.md")
    told = list(faults_of(content, WORDS))
    assert len(told) == 3
    assert "no file" in told[2]
    assert "cannot be read" in told[1]
    assert "its name" in told[0]


def test_the_doctor_tells_it(tmp_path: Path, content: Path) -> None:
    (content / "fr" / "faq.md").write_text("pas de titre")
    cli = Cli(f"sqlite:///{tmp_path / 'facts.db'}", tmp_path, {"SATSUMA_CONTENT": str(content)})
    cli.populate()
    told = [
        each
        for each in json.loads(cli("server", "doctor", "--json").out)
        if each["check"] == "content"
    ]
    assert [each["level"] for each in told] == ["warn"]
    assert "faq.md" in told[0]["says"]
    (content / "fr" / "faq.md").write_text("# Questions\n")
    told = [
        each
        for each in json.loads(cli("server", "doctor", "--json").out)
        if each["check"] == "content"
    ]
    assert [each["level"] for each in told] == ["ok"]


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](//evil.example)",
    "[x](/\\\\evil.example)",
    "<iframe src=https://evil.example></iframe>",
    "<form action=/myapps method=post><button>x</button></form>",
    "<style>body{display:none}</style>",
    "<p style=position:fixed onclick=x>x</p>",
    "<h2 id=content onclick=x>a</h2>",
    "![x](https://evil.example/x.png)",
    "\u202etxt.exe",
    "> " * 300 + "deep",
    "- " * 3000 + "deep",
    "[" * 20000,
    "*a_" * 8000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_an_article_holds_is_harmless(text: str) -> None:
    try:
        body = str(made(f"# A\n\nlead\n\n{text}\n").body)
    except BadArticle:
        return
    assert not re.search(r"<(script|img|iframe|form|button|style|input|svg)\b", body)
    assert not re.search(r"<[^>]*\b(on\w+|style|src|srcset)\s*=", body)
    for link in re.findall(r'href="([^"]*)"', body):
        assert re.match(r"https?://|mailto:|#|/(?![/\\])", link), link
    assert "\u202e" not in body


def test_a_title_and_a_lead_are_plain_words() -> None:
    article = made(
        "# Ask *us*\n\nUnder *Requests*, by `the id` & [more](/x)\n<b>now</b>.\n\nbody\n"
    )
    assert article.title == "Ask *us*"
    assert made("# At {{api_url}}\n").title == "At https://api.example"
    assert article.lead == "Under Requests, by the id & more now."
    assert "<p>body</p>" in str(article.body)


def test_headings_can_be_pointed_at() -> None:
    body = str(made("# A\n\nlead\n\n## One & two\n\n## One & two\n\n### É\n").body)
    assert re.findall(r'id="([^"]+)"', body) == ["one-amp-two", "one-amp-two-2", "part-3"]


def test_more_than_the_shelf_holds_is_told(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 2)
    for name in "abc":
        (content / "en" / f"{name}.md").write_text(f"# {name}\n")
    found, wrong = read_folder(content, "en", WORDS)
    assert (set(found), list(wrong)) == ({"a", "b"}, ["en/c.md"])
