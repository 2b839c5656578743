"""docs/samples.md: each target with its cells, and which of them were run."""

from __future__ import annotations

from typing import Final

from pages import headed, table

from satsuma.samples import (
    LEVELS,
    STEPS,
    NotOffered,
    Sample,
    Target,
    Values,
    find_proof,
    show,
    targets,
)
from satsuma.samples.proof import proved_on
from satsuma.samples.steps import Step

HEAD: Final = """# Code samples

Each step of the guides as a program, in eleven languages and 22 libraries. `satsuma samples show STEP TARGET` prints
one with your own values in it; what is secret it reads from its environment. What ran, ran with its real toolchain
against this platform over TLS, and what arrived there was the same in every language. `make samples` runs all of it and
writes this page.

| level | what it takes care of |
| --- | --- |
| one request | the guides' form: one request, the answer, exit 1 where it was refused |
| robust | timeouts, an answer that is none, half an answer: exit 3 and a sentence |
| production | the token kept and renewed, one retry after a 401, a 429 obeyed; for each language's recommended target |

Exit codes: 0 done, 1 refused (the server's reason is on standard error), 2 a variable is missing (it is named), 3 no
whole answer.
"""
MARKS: Final = "\n`ran`: offered, and it ran. `offered`: not yet run. `-`: not offered, for one of these reasons:\n\n"


def samples_page() -> str:
    """Give the page."""
    rows, reasons = [], dict[str, None]()
    for row in targets():
        for level in LEVELS:
            cells = [_cell(step, row, level) for step in STEPS]
            reasons |= dict.fromkeys(
                cell.sentence for cell in cells if isinstance(cell, NotOffered)
            )
            marks = [cell if isinstance(cell, str) else "-" for cell in cells]
            if set(marks) != {"-"}:
                versions = ", ".join(f"{name} {version}" for name, version in row.versions.items())
                rows.append([f"`{row.slug}`", versions, level, *marks])
    offered = sum(mark != "-" for row in rows for mark in row[3:])
    ran = sum(mark == "ran" for row in rows for mark in row[3:])
    title, rest = headed(HEAD).split("\n", 1)
    return (
        f"{title} (ran on {proved_on()})\n{rest}"
        f"\n## Cells\n\n{offered} are offered, {ran} of them ran.\n\n"
        + table(["target", "version", "level", *STEPS], rows)
        + MARKS
        + "".join(f"- {sentence}\n" for sentence in reasons)
        + "\n## Which one\n\n"
        + table(["target", "", "when"], _which())
        + HOW
    )


def _cell(step: Step, row: Target, level: str) -> str | NotOffered:
    cell = show(step, row, level, Values())  # type: ignore[arg-type]
    if isinstance(cell, Sample):
        return "ran" if find_proof(step, row.slug, level) else "offered"  # type: ignore[arg-type]
    return cell


def _which() -> list[list[str]]:
    return [
        [row.label, "recommended" if row.recommended else "", row.why.replace("\n", " ")]
        for row in targets()
    ]


HOW: Final = """
## Add a target

One file and one row: a module in `src/satsuma/samples/targets/` with a `Target`, whose `one_request` and `robust` turn
a `Request` into text, and its row in `src/satsuma/samples/table.py`. Its literals are written by a function of
`src/satsuma/samples/quoting.py`, which escapes all that is not printable ASCII. How its programs are built and started
is a row of `TOOLCHAINS` in `tests/samples/toolchains.py`; then `make samples`.
"""
