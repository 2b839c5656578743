"""What is said beside a program may be pasted into a shell: it gives the value, and does nothing else."""

import shlex
import subprocess
from pathlib import Path

import pytest

from satsuma.samples import Unreadable, read_curl

CONTENT = "one\r\ntwo\n"
HOSTILE = [
    'x)"; touch PWN; echo "(',
    "x'; touch PWN; echo '",
    "$(touch PWN)",
    "`touch PWN`",
    "a b  c",
    "-n",
    "*",
    "~",
    "x & touch PWN &",
    "\\",
    "x" * 200,
]
SHAPES = {
    "-d": ("-d @{}", "onetwo"),
    "--data-binary": ("--data-binary @{}", "one\r\ntwo"),
    "-T": ("-g -T {}", "one\r\ntwo"),
    "encoded": ("-G --data-urlencode @{}", "one%0D%0Atwo%0A"),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_note_that_is_pasted_reads_the_file_and_does_nothing_else(
    shape: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(CONTENT.encode())
    before = sorted(tmp_path.iterdir())
    option, content = SHAPES[shape]
    reading = read_curl(f"curl {option.format(shlex.quote(name))} http://a.example/x")
    (note,) = [each for each in reading.notes if "export" in each]
    (given,) = [each.env.name for each in reading.named]
    printed = f'{note.partition(": ")[2]}\nprintf %s "${given}"'
    done = subprocess.run(["bash", "-c", printed], cwd=tmp_path, capture_output=True, check=False)
    assert (done.stdout.decode(), done.stderr) == (content, b"")
    assert sorted(tmp_path.iterdir()) == before


def test_a_note_takes_standard_input_and_a_variable_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a b").write_text("held")
    for command, run in {
        "curl -d @- http://a.example": "",
        'curl -d "@$PLACE/a b" http://a.example': f"PLACE={shlex.quote(str(tmp_path))}\n",
    }.items():
        (note,) = [each for each in read_curl(command).notes if "export" in each]
        printed = f'{run}{note.partition(": ")[2]}\nprintf %s "$SATSUMA_CLIENT_FILE"'
        done = subprocess.run(
            ["bash", "-c", printed], input=b"held", capture_output=True, check=True
        )
        assert done.stdout == b"held"


@pytest.mark.parametrize("name", ["$'a\\nb'", "$'\\x1b[2J'", "$'a\\u202eb'", "x" * 2000])
def test_a_file_whose_name_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="name of a file"):
        read_curl(f"curl -d @{name} http://a.example")
