"""The reader means what curl means: every command of two corpora is run by curl itself, and compared."""

from collections.abc import Iterator

import pytest

from tests.samples.curl.judge import Judged, commands, differences, read, sent

CORPORA = {"commands.txt": 100, "held_out.txt": 30}
REFUSED = {
    "curl --path-as-is https://example.com/../../etc/passwd": "--path-as-is",
    "curl --compressed-ssh sftp://example.com/": "http and https",
}
"""What curl sends and no other client here does: refused with a sentence that names it."""


@pytest.fixture(scope="module")
def corpus(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[Judged], list[dict[str, object]]]]:
    judged = [read(*each) for each in commands(request.param)]
    assert len(judged) >= CORPORA[request.param]
    yield judged, sent(judged, tmp_path_factory.mktemp("curl"))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("corpus", CORPORA, indirect=True)
def test_the_reader_says_what_curl_sends(
    corpus: tuple[list[Judged], list[dict[str, object]]],
) -> None:
    problems = []
    for judged, told in zip(*corpus, strict=True):
        if judged.command in REFUSED:
            assert REFUSED[judged.command] in judged.refusal
        elif judged.reading is None:
            problems.append(f"{judged.command[:300]}\n   REFUSED {judged.refusal} {told['code']}")
        elif found := differences(judged, told):
            problems.append(f"{judged.command[:300]}\n   {found} exit {told['code']}")
    assert not problems, "\n".join([f"{len(problems)} of {len(corpus[0])}", *problems])
