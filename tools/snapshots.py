"""Write the text of every page in its states into tests/signin/snapshots: `.venv/bin/python tools/snapshots.py`."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.signin.appearance import expected_files, keeping, write  # noqa: E402
from tests.signin.browser import running_chromium  # noqa: E402
from tests.signin.portal_walk import TRIED  # noqa: E402
from tests.signin.troubles import WholeWalk  # noqa: E402
from tests.wire.server import running_server  # noqa: E402

LANGUAGES = ("en", "fr")


def main() -> int:
    """Walk through the pages in each language and keep what is seen."""
    found: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory() as place,
        running_server(Path(place), options=("--test",), environment=TRIED) as server,
        running_chromium() as browser,
    ):
        for language in LANGUAGES:
            WholeWalk(browser, server, language, keeping(found, language)).all()
    missing = set().union(*map(expected_files, LANGUAGES)) - found.keys()
    if missing:
        print("Not seen:", *sorted(missing))
        return 1
    write(found)
    print(f"{len(found)} texts written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
