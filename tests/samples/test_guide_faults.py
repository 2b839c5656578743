"""What does not work in the guides' own samples does not come back: each fault by its number in the list of them."""

import re

import pytest

from satsuma.samples import LEVELS, STEPS, Sample, Values, show, targets

VALUES = Values(
    api_url="https://api.example.com/{api}/vM/{resource}",
    redirect_uri="https://client.example/callback?a=b&c=d e",
)
CELLS = [
    (row, step, cell)
    for row in targets()
    for step in STEPS
    for level in LEVELS
    if isinstance(cell := show(step, row, level, VALUES), Sample)
]
NEVER = {
    "B3: a delimiter that does not compile": r'useDelimiter\("\\A"\)',
    "B4, B5: braces in an address": r"\{api\}|\{resource\}",
    "B6: JSON read as HTML": r"execute\(\)\s*\.parse\(\)",
    "B12: credentials that nobody asked for": r"withCredentials|crossDomain",
    "B14: the body thrown away with the status": r"EnsureSuccessStatusCode",
    "B16: imports of nothing": r"java\.io\.File",
    "a check of certificates that is off": r"VERIFYPEER|--insecure|verify=False|rejectUnauthorized|danger_",
    "what is deprecated": r"curl_close|extern crate|body!!|body\(\)!!",
}


@pytest.mark.parametrize("fault", NEVER)
def test_a_fault_of_the_guides_does_not_come_back(fault: str) -> None:
    found = [(row.slug, step) for row, step, cell in CELLS if re.search(NEVER[fault], cell.text)]
    assert found == []


def test_every_request_says_what_it_accepts() -> None:
    """B11, T6; our SDK says so by itself."""
    without = {row.slug for row, _, cell in CELLS if "Accept" not in cell.text}
    assert without <= {"python-sdk"}


def test_a_redirect_uri_is_never_pasted_raw_into_a_form() -> None:
    """B10: it is given to something that encodes it, as a value of its own."""
    raw = "redirect_uri=" + VALUES.redirect_uri
    for row, step, cell in CELLS:
        if step == "exchange" and raw in cell.text:
            assert f"--data-urlencode '{raw}'" in cell.text, row.slug


def test_jsoup_is_jsoup_and_reads_a_refusal() -> None:
    """B6, B8."""
    texts = [cell.text for row, _, cell in CELLS if row.slug == "java-jsoup"]
    assert texts
    assert all("Jsoup.connect" in text and "ignoreHttpErrors(true)" in text for text in texts)


def test_every_program_of_java_is_a_whole_class() -> None:
    """B7."""
    texts = [cell.text for row, _, cell in CELLS if row.language == "java"]
    assert texts
    assert all("public class Sample {" in text and "void main(" in text for text in texts)


def test_an_answer_is_printed_and_none_is_thrown_away() -> None:
    """B17; an error stream that is none is no stream (B15), and a refusal is told."""
    for row, _, cell in CELLS:
        assert re.search(r"print|echo|puts|console\.log|WriteLine|Println|show\(", cell.text), (
            row.slug
        )
        if "getErrorStream" in cell.text:
            assert "stream == null ? new byte[0]" in cell.text
