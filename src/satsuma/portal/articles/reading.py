"""Reading articles: a file `NAME.md` in a folder of a language, its first line the title, its first paragraph the lead.

Whoever writes an article is the operator, who is trusted with words, not with scripts: what HTML there is in it is
cleaned as anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from satsuma.domain.issuers import IssuerPolicy
from satsuma.web.languages import LANGUAGES

OURS: Final = Path(__file__).parent / "texts"
LARGEST: Final = 64 * 1024
"""How many bytes one article has at most."""
MOST: Final = 100
"""How many articles a language has at most."""
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_TITLE: Final = re.compile(r"#[ \t]+(\S.{0,118}\S|\S)[ \t]*#*[ \t]*")
_WORD: Final = re.compile(r"\{\{ *([a-z_]+) *\}\}")
_HEADING: Final = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff]")
_TAGS: Final = frozenset(
    "a blockquote br code del em h2 h3 h4 hr li ol p pre s strong table tbody td th thead tr ul".split()  # noqa: SIM905
)


class BadArticle(Exception):
    """A file that cannot be shown; the text says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Article:
    """A text of one language: its title and lead in plain words, its body as HTML that is harmless."""

    name: str
    language: str
    title: str
    lead: str
    body: Markup
    is_ours: bool


def own_words(api_url: str, pages_url: str, issuers: Sequence[IssuerPolicy]) -> dict[str, str]:
    """What `{{word}}` stands for in an article: this installation's addresses."""
    machines = [each for each in issuers if "client_credentials" in each.grants]
    path = machines[0].path if machines else ""
    return {"api_url": api_url, "pages_url": pages_url, "token_url": f"{api_url}{path}/token"}


def parse_article(name: str, language: str, text: str, words: Mapping[str, str]) -> Article:
    """Make an article of a Markdown text, `{{word}}` standing for this installation's own; raises BadArticle."""
    first, _, rest = text.lstrip("\ufeff\r\n").partition("\n")
    title = _TITLE.fullmatch(first.rstrip("\r"))
    if title is None:
        raise BadArticle("its first line is no title: begin with '# ', and at most 120 characters")
    unknown = sorted(set(_WORD.findall(text)) - words.keys())
    if unknown:
        known = ", ".join(f"{{{{{each}}}}}" for each in sorted(words))
        raise BadArticle(f"nothing stands for {{{{{unknown[0]}}}}}: there are {known}")
    filled = _UNSEEN.sub("", _WORD.sub(lambda found: words[found[1]], rest.replace("\r\n", "\n")))
    lead, _, body = filled.strip("\n").partition("\n\n")
    if re.match(r"[#>|`~*+-]|\d+[.)]", lead):
        lead, body = "", filled
    try:
        made = _markdown().render(body)
    except RecursionError:
        raise BadArticle("its lists or quotations are nested too deep") from None
    is_ours = OURS.joinpath(language, f"{name}.md").is_file()
    plain = " ".join(unescape(_TAG.sub("", _markdown().renderInline(lead))).split())
    named = _WORD.sub(lambda found: words[found[1]], title[1])
    return Article(name, language, named, plain, _safe(made), is_ours)


def read_folder(
    folder: Path, language: str, words: Mapping[str, str]
) -> tuple[dict[str, Article], dict[str, str]]:
    """The articles of a language below a folder, and what is wrong with each of the files that are none."""
    found: dict[str, Article] = {}
    wrong: dict[str, str] = {}
    for path in article_files(folder, language):
        try:
            if len(found) >= MOST:
                raise BadArticle(f"there are {MOST} already: more are not shown")
            if _NAME.fullmatch(path.stem) is None:
                raise BadArticle(
                    "its name is not of a-z, 0-9 and hyphens: it is part of an address"
                )
            found[path.stem] = parse_article(path.stem, language, _text_of(path), words)
        except BadArticle as problem:
            wrong[f"{language}/{path.name}"] = str(problem)
    return found, wrong


def article_files(folder: Path, language: str) -> list[Path]:
    """The files of a language, in the order of their names; none where the folder cannot be read."""
    try:
        return sorted((folder / language).glob("*.md"))
    except OSError:
        return []


def faults_of(folder: Path, words: Mapping[str, str]) -> Iterator[str]:
    """What is wrong below a folder, file by file, in words for the operator."""
    if not any((folder / language).is_dir() for language in LANGUAGES):
        yield f"{folder} has none of the folders {', '.join(LANGUAGES)}: nothing of it is shown"
    for language in LANGUAGES:
        _, wrong = read_folder(folder, language, words)
        yield from (f"{folder / name} is not shown: {why}" for name, why in wrong.items())


def _text_of(path: Path) -> str:
    if path.exists() and not path.is_file():  # a pipe would keep us waiting
        raise BadArticle("it is no file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as problem:
        raise BadArticle(f"it cannot be read: {problem.strerror}") from None
    if len(content) > LARGEST:
        raise BadArticle(f"it is larger than {LARGEST} bytes: make two of it")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BadArticle("it is not UTF-8 text: save it as such") from None


def _safe(html: str) -> Markup:
    """What is harmless of the HTML; each heading can be pointed at."""
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    taken: set[str] = set()

    def with_anchor(found: re.Match[str]) -> str:
        anchor = re.sub(r"[^a-z0-9]+", "-", _TAG.sub("", found[2]).casefold()).strip("-")[:60]
        anchor = (
            anchor if anchor and anchor not in taken else f"{anchor or 'part'}-{len(taken) + 1}"
        )
        taken.add(anchor)
        return f'<h{found[1]} id="{anchor}">{found[2]}</h{found[1]}>'

    boxed = _HEADING.sub(with_anchor, clean)
    boxed = boxed.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    boxed = boxed.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
    return Markup(boxed)  # noqa: S704 - cleaned above; what was added is ours


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Where a link may go: the web, an address of mail, a page of ours, a part of this page."""
    lowered = value.lower()
    if lowered.startswith(("https://", "http://", "mailto:", "#")):
        return value
    is_own = value.startswith("/") and not value.startswith(("//", "/\\"))
    return value if is_own else None


@cache
def _markdown() -> Any:
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable(
        ["table", "strikethrough"]
    )
