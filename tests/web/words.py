"""The texts of pages and letters, found in the sources."""

import ast
import functools
import re
from pathlib import Path

from satsuma.domain.errors import authorization as authorization_errors
from satsuma.domain.errors import table as catalogue
from satsuma.domain.errors.row import ErrorRow

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/satsuma"
IN_TEMPLATE = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')
DYNAMIC = re.compile(r"\b_\(\s*[a-z]")


def templates() -> list[Path]:
    """Every template of a page or a letter."""
    return sorted(each for each in (SOURCES / "web/templates").rglob("*") if each.is_file())


def in_templates(below: str = "") -> set[str]:
    return {
        found[1].replace('\\"', '"')
        for template in templates()
        if below in str(template)
        for found in IN_TEMPLATE.finditer(template.read_text())
    }


def in_code(below: Path = SOURCES) -> set[str]:
    found = set()
    for path in below.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                text = node.args[0]
                assert isinstance(text, ast.Constant), f"{path}:{node.lineno}: N_ takes a literal"
                found.add(text.value)
    return found


def in_rows() -> set[str]:
    """What happened and how to fix it, of every refusal."""
    return {text for row in catalogue.ROWS.values() for text in (row.says, row.help) if text}


def on_pages() -> set[str]:
    """Of those, what the page of a request that may not be redirected says to whoever was sent there."""
    rows = [each for each in vars(authorization_errors).values() if isinstance(each, ErrorRow)]
    shown = [row for row in rows if not row.redirects or row is authorization_errors.MALFORMED]
    return {text for row in shown for text in (row.says, row.help)}


def in_groups() -> set[str]:
    """By which names the rows stand together on the page of all errors."""
    return {title for title, _ in catalogue.GROUPS}


@functools.cache
def all_texts() -> set[str]:
    return in_templates() | in_code() | in_rows() | in_groups()


def for_developers() -> set[str]:
    """What the portal alone says: it speaks in the standard's words."""
    return in_templates("/portal/") | in_code(SOURCES / "portal") | in_rows() - on_pages()
