"""`python -m bench.mutants [--only TEXT]`: change each rule of the pure rooms; a test of theirs must notice.

A survivor must stand in bench/mutants.toml with a reason; what stands there must survive.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.campaign import Campaign, run_tests
from bench.mutations import Mutant, mutants_of

SOURCES = ("src/satsuma/domain", "client/src/satsuma_client/protocol")
TESTS = ("tests/domain", "tests/protocol")
KNOWN = Path(__file__).with_suffix(".toml")
_TABLES, _NO_TABLES = Path("src/satsuma/domain/errors"), ("refusal", "row")
"""Tables of texts, which other tests hold; and what is none."""


def differences(
    survivors: Sequence[Mutant], entries: Sequence[Mapping[str, str]], only: str = ""
) -> list[str]:
    """Say what survives without a reason, and what has one and does not survive, in modules with `only`."""
    known = {(each["module"], each["before"], each["after"]): each["reason"] for each in entries}
    lived = dict.fromkeys((each.module, each.before, each.after) for each in survivors)
    told = {"survives, and no entry says why": [key for key in lived if key not in known]}
    told["has no reason"] = [key for key, reason in known.items() if not reason]
    told["survives no more"] = [key for key in known if key not in lived and only in key[0]]
    return [f"{fault}:\n{_entry(key)}" for fault, keys in told.items() for key in keys]


def _entry(key: tuple[str, str, str]) -> str:
    named = zip(("module", "before", "after"), key, strict=True)
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in named)
    return "\n".join(("[[survivor]]", *lines, 'reason = ""\n'))


def _files(sources: Sequence[str]) -> Iterator[Path]:
    for path in sorted(path for source in sources for path in Path(source).rglob("*.py")):
        if path.parent != _TABLES or path.stem in _NO_TABLES:
            yield path


def _print_rooms(mutants: Sequence[Mutant], survivors: Sequence[Mutant]) -> None:
    made, left = (
        collections.Counter(".".join(each.module.split(".")[:2]) for each in some)
        for some in (mutants, survivors)
    )
    for room, count in made.items():
        print(f"{room}: {count} mutants, {count - left[room]} killed, {left[room]} survive")


def main(words: Sequence[str]) -> int:
    """Run the campaign; 1 where survivors and entries differ."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", allow_abbrev=False)
    parser.add_argument("--sources", nargs="+", default=SOURCES)
    parser.add_argument("--tests", nargs="+", default=TESTS)
    parser.add_argument("--known", type=Path, default=KNOWN)
    parser.add_argument("--only", default="", help="a part of the module's name")
    asked = parser.parse_args(words)
    mutants = [mutant for path in _files(asked.sources) for mutant in mutants_of(path)]
    campaign = Campaign(mutants, asked.tests, asked.only)
    if run_tests(asked.tests, campaign) != 0 or campaign.survivors is None:
        print("no mutant was tried")
        return 1
    entries = tomllib.loads(asked.known.read_text())["survivor"]
    found = differences(campaign.survivors, entries, asked.only)
    print("\n".join(found))
    _print_rooms([each for each in mutants if asked.only in each.module], campaign.survivors)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
