"""`Spec:` and `Deviation:` close a docstring and can be read by a program.

Spec: RFC 6749 §4.1.3, §5.2; OIDC Core §3.1.3.1; RFC 7636 App. B.
Spec: OAuth M2M guide, step 2.
Deviation: ADR-0007.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.house.tree import Tree, docstrings

# A document that is not an RFC is added here first, so a slip of the pen is found.
DOCUMENTS = (
    r"RFC \d{3,5}",
    r"OIDC (?:Core|Discovery|Registration|Form Post|Multiple Response Types)",
    r"OIDC (?:RP-Initiated|Back-Channel|Front-Channel) Logout",
    r"FAPI 2\.0 Security Profile",
    r"draft-[a-z0-9-]+-\d\d",
    r"BCP \d+",
    r"FIPS \d{3}-\d",
    r"NIST SP 800-\d+[A-D]?",
    r"WCAG 2\.2",
    r"WebAuthn Level [23]",
    r"W3C Trace Context",
    r"Fetch Standard",
    r"URL Standard",
    r"HTML Standard",
    r"CSP Level 3",
    r"TOML 1\.0",
    r"Prometheus text format",
)
SECTION = r"(?:§\d+(?:\.\d+)*|App\. [A-Z](?:\.\d+)*)"
GUIDE = r"OAuth (?:M2M|U2M) guide, (?:step|section) \d+(?:\.\d+)*"
ITEM = rf"(?:{GUIDE}|(?:{'|'.join(DOCUMENTS)})(?: {SECTION}(?:, {SECTION})*)?)"
SPEC = re.compile(rf"Spec: {ITEM}(?:; {ITEM})*\.")
DEVIATION = re.compile(r"Deviation: ADR-\d{4}(?:, ADR-\d{4})*\.")


def bad_citations(tree: Tree) -> Iterator[str]:
    decisions = {path[len("docs/adr/") :][:4] for path in tree.under("docs/adr/", ending=".md")}
    for where, docstring in docstrings(tree, "src/", "client/src/"):
        lines = docstring.splitlines()
        starts = [
            n for n, line in enumerate(lines) if re.match(r"\s*(spec|deviations?)\s*:", line, re.I)
        ]
        for start, end in pairwise([*starts, len(lines)]):
            citation = " ".join(line.strip() for line in lines[start:end])
            if not SPEC.fullmatch(citation) and not DEVIATION.fullmatch(citation):
                yield f"{where}: not the grammar, or not last: {citation}"
            if citation.startswith("Deviation:"):
                cited = re.findall(r"ADR-(\d{4})", citation)
                yield from (f"{where}: no ADR-{n}" for n in cited if n not in decisions)


def module(*lines: str) -> Tree:
    text = '"""The rule.\n\n' + "\n".join(lines) + '\n"""\n'
    return Tree({"src/satsuma/rules/a.py": text, "docs/adr/0007-why.md": ""})


@pytest.mark.parametrize(
    "lines",
    [
        ["Spec: RFC 6749 §4.1.3; OIDC Core §3.1.3.1."],
        ["Spec: RFC 6749 §3.2, App. B; RFC 7636."],
        ["Spec: OAuth M2M guide, step 2."],
        ["Spec: RFC 6749 §4.1.3;", "RFC 7636 §4.6."],
        ["Deviation: ADR-0007.", "Spec: RFC 6749 §4.1.3."],
    ],
)
def test_a_good_citation_passes(lines: list[str]) -> None:
    assert list(bad_citations(module(*lines))) == []


@pytest.mark.parametrize(
    "lines",
    [
        ["Spec: RFC 6749 §4.1.3"],  # no full stop
        ["Spec: RFC6749 §4.1.3."],
        ["Spec: RFC 6749 4.1.3."],
        ["Spec: RFC 6749 §4.1.3, RFC 7636 §4.6."],
        ["Spec: Open ID Core §3."],
        ["spec: RFC 6749 §4.1.3."],
        ["Spec: OAuth M2M guide."],
        ["Spec: RFC 6749 §4.1.3.", "", "And more words."],
        ["Deviation: we know better."],
        ["Deviations: ADR-0007."],
        ["Deviation: ADR-0008."],  # not written
    ],
)
def test_a_bad_citation_is_found(lines: list[str]) -> None:
    assert len(list(bad_citations(module(*lines)))) == 1


def test_citations(tree: Tree) -> None:
    assert list(bad_citations(tree)) == []
