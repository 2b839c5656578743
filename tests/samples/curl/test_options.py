"""Every option of the curl that is here is judged by name, and takes a value where curl's does."""

import re
import subprocess

import pytest

from satsuma.samples import Unreadable, read_curl
from satsuma.samples.reading.options import OPTIONS, SHORT, find_option

LINE = re.compile(r" *(?:-(.),)? *--(\S+)(?: (.*))?")


def listed() -> list[tuple[str | None, str, bool]]:
    told = subprocess.run(["curl", "--help", "all"], capture_output=True, text=True, check=True)
    found = [LINE.match(line) for line in told.stdout.splitlines()]
    return [(each[1], each[2], (each[3] or "")[:1] in ("<", "[")) for each in found if each]


def test_no_option_of_curl_is_unjudged() -> None:
    options = listed()
    assert len(options) > 240
    unjudged = {name for _, name, _ in options if name not in OPTIONS}
    assert unjudged == set()
    assert {name for _, name, takes in options if OPTIONS[name].takes != takes} == set()
    assert {short: name for short, name, _ in options if short} == SHORT


def test_what_is_not_read_says_why() -> None:
    assert all(row.sentence.endswith(".") for row in OPTIONS.values() if row.verdict != "read")
    for row in OPTIONS.values():
        if row.verdict == "refused":
            value = ["x"] if row.takes else []
            with pytest.raises(Unreadable, match=re.escape(f"--{row.name} is not supported")):
                read_curl(" ".join(["curl", f"--{row.name}", *value, "http://a.example"]))


def test_a_long_name_may_be_cut_short_where_it_stays_alone() -> None:
    assert find_option("compr") is None
    assert find_option("compressed-s") == OPTIONS["compressed-ssh"]
    assert find_option("referer") == find_option("refer")
    assert find_option("no-location") is not None
    assert find_option("nothing-of-curl") is None
