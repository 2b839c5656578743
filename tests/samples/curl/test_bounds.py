"""One paste of 16 KB is read and written within a second, whatever is in it, or is refused before anything is built."""

import time
import tracemalloc

import pytest

from satsuma.samples import NotOffered, Reading, Unreadable, read_curl
from satsuma.samples.reading.curl import LONGEST
from tests.samples.curl.judge import commands

FIFTY = " http://a.b/[1-50]"


def filled(before: str, unit: str, after: str = "") -> str:
    """A command of 16 KB: as many units as there is room for."""
    room = LONGEST - len((before + after).encode())
    return before + unit * (room // len(unit.encode())) + after


HEAVY = {
    "tokens that begin": filled("curl -d ", "eyJ", FIFTY),
    "tokens that almost are": filled("curl -d ", "eyJa.", FIFTY),
    "tokens of a bot": filled("curl -d /bot", "1", FIFTY),
    "tokens in headers": filled("curl -H 'A: ", "eyJaaaa.", f"'{FIFTY}"),
    "parts and addresses": "curl " + "-Fa=b " * 1000 + "a.b/[1-50] " * 60,
    "parts": filled("curl ", "-Fa=b ", FIFTY),
    "200 parts": "curl " + "-Fa=b " * 200 + FIFTY,
    "headers": filled("curl ", "-Ha:b ", FIFTY),
    "cookies": filled("curl ", "-ba=b ", FIFTY),
    "data": filled("curl ", "-da=b ", FIFTY),
    "pairs": filled("curl -d '", "a=b&", f"'{FIFTY}"),
    "pairs of an address": filled("curl 'a.b/[1-50]?", "a=b&", "'"),
    "signs to encode": filled("curl 'a.b/[1-50]?", "é", "'"),
    "queries": filled("curl ", "--url-query a=b ", FIFTY),
    "files of a part": filled("curl -F 'a=@b", ",b", f"'{FIFTY}"),
    "quotes of a part": filled("curl -F 'a=@b;type=\"", '\\"', f"'{FIFTY}"),
    "quotes of files": filled("curl -F 'a=@b \"", '\\"', f"'{FIFTY}"),
    "members": filled("curl --json '{\"a", '\\"a', f"'{FIFTY}"),
    "members that are read": filled('curl --json \'{"token":[', "1,", f"1]}}'{FIFTY}"),
    "members under a long name": filled(
        "curl --json '{\"" + "a" * 7000 + 'token":[', "1,", f"1]}}'{FIFTY}"
    ),
    "members of members": filled("curl --json '", '{"a":', f"'{FIFTY}"),
    "strings that begin": filled("curl --json '{", '"a":"', f"'{FIFTY}"),
    "part names": filled(
        "curl --data-binary $'", 'Content-Disposition: form-data; name="a"\\r\\n\\r\\n', f"'{FIFTY}"
    ),
    "part heads": filled(
        'curl --data-binary $\'--a\\r\\nContent-Disposition: form-data; name="a"',
        "\\r\\na",
        f"'{FIFTY}",
    ),
    "elements": filled("curl -d '", "<a>", f"'{FIFTY}"),
    "elements that end": filled("curl -d '" + "<a>" * 2500, "</b>", f"'{FIFTY}"),
    "elements' quotes": filled("curl -d $'", "<a b=\"\\'", f"'{FIFTY}"),
    "texts of elements": filled("curl -d '", "<![CDATA[", f"'{FIFTY}"),
    "numbers of IPv6": filled("curl '[", ":", "'"),
    "ranges": filled("curl 'a.b/", "[1-9]", "'"),
    "parts of a path": "curl a.b/[1-50]" + "/a" * 3200 + "/.." * 3200,
    "groups": filled("curl ", "a.b -: ", ""),
    "commands": filled("", "curl a.b\n", ""),
    "uploads": "curl -T '{" + "a," * 48 + "a}'" + FIFTY,
    "configurations": "curl " + "-K- " * 2000 + "a.b <<E\n" + "-s\n" * 2500 + "E\n",
    "standard input": "curl " + "-d@- " * 150 + FIFTY + " <<E\n" + "é" * 7000 + "\nE\n",
    "encoded input": "curl -G "
    + "--data-urlencode @- " * 150
    + FIFTY
    + " <<E\n"
    + "é" * 6000
    + "\nE\n",
    "variables": "curl -d '" + "".join(f"'$A{n}'" for n in range(2000)) + f"'{FIFTY}",
    "a host": filled("curl ", "é.", "/[1-50]"),
    "backslashes": filled("curl -d '", "\\\\a", f"'{FIFTY}"),
}


@pytest.mark.parametrize("name", HEAVY)
def test_whatever_is_pasted_takes_less_than_a_second_or_is_refused(name: str) -> None:
    assert len(HEAVY[name].encode()) <= LONGEST
    for shell in ("bash", "cmd", "powershell"):
        began = time.process_time()
        try:
            reading: Reading | None = read_curl(HEAVY[name], shell)
        except Unreadable:
            reading = None
        cells = [] if reading is None else reading.programs("python-requests")
        assert time.process_time() - began < 1, shell
        written = sum(0 if isinstance(cell, NotOffered) else len(cell.text) for cell in cells)
        assert written < 1024 * 1024, shell


def test_what_is_refused_for_its_number_was_never_built() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="More than 50 requests"):
            read_curl("curl " + "-Fa=b " * 150 + "a.b/[1-50] " * 60)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("curl a.b/[1-50] a.b", "More than 50 requests"),
        ("curl a.b/[1-50] --next a.b", "More than 50 requests"),
        ("curl a.b/[1-50]\ncurl a.b", "More than 50 requests"),
        ("curl -T '{a,b}' a.b/[1-26]", "More than 50 requests"),
        ("curl a.b " + "-Fa=b " * 201, "More than 200 fields, parts and headers"),
        ("curl a.b " + "-Ha:b " * 100 + "-da=b " * 101, "More than 200 fields, parts and headers"),
        ("curl a.b -F 'a=@b" + ",b" * 201 + "'", "More than 200 fields, parts and headers"),
        ("curl a.b/[1-50] " + "-Fa=b " * 21, "More than 1000 fields"),
        ("curl a.b -d '" + "a=b&" * 1001 + "'", "More than 1000 fields"),
        ("curl a.b/[1-50] -d '" + "x" * 4000 + "'", "More than 128 KB"),
        ("curl " + "".join(f"-d $A{n} " for n in range(51)) + "a.b", "More than 50 values"),
    ],
)
def test_a_bound_is_said(command: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read_curl(command)


@pytest.mark.parametrize(
    ("command", "requests"),
    [
        ("curl a.b/[1-50]", 50),
        ("curl a.b/[1-25] --next a.b/{1,2,3,4,5}/[1-5]", 50),
        ("curl a.b/[1-49]\ncurl a.b", 50),
        ("curl a.b -d x " + "-Ha:b " * 199, 1),
        ("curl 'http://[2001:db8::1]:80/[1-2]'", 2),
        ("curl a.b " + "".join(f"-d $A{n} " for n in range(50)), 1),
    ],
)
def test_what_is_within_the_bounds_is_read(command: str, requests: int) -> None:
    assert len(read_curl(command).requests) == requests


def test_the_corpora_are_far_from_every_bound() -> None:
    for origin, command in [*commands("commands.txt"), *commands("held_out.txt")]:
        try:
            read_curl(command)
        except Unreadable as problem:
            assert "More than" not in problem.sentence, origin
