"""Take a picture of every page in its states: two widths, two themes, two languages, into docs/pages.

.venv/bin/python tools/shots.py [FOLDER [STATE...]]; the states are named in tests/signin/states.py.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402

from tests.signin.browser import running_chromium  # noqa: E402
from tests.signin.states import STATES, Look  # noqa: E402
from tests.signin.troubles import WholeWalk  # noqa: E402
from tests.wire.server import running_server  # noqa: E402

WIDTHS = (320, 1280)
LANGUAGES = ("en", "fr")
TALLEST = 1600
MOST = 15 * 1024 * 1024


def extent(page: Page, width: int) -> dict[str, Any]:
    """Give what to take: the whole page, of a very long one the beginning."""
    tall = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": min(tall, TALLEST)}
    return {"full_page": True, "clip": clip}


def quantise(pictures: list[Path]) -> None:
    """Reduce each picture to a palette: flat pages lose nothing that an eye would see."""
    command = ["pngquant", "--ext", ".png", "--force", "--skip-if-larger", "64", "--"]
    subprocess.run([*command, *pictures], check=False)


def main(folder: Path, wanted: list[str]) -> int:
    """Walk through the pages in each language and keep what is seen; without wishes, of every state."""
    folder.mkdir(parents=True, exist_ok=True)
    if not wanted:
        for old in folder.glob("*.png"):
            old.unlink()
    taken: list[Path] = []

    def look_in(language: str) -> Look:
        def look(page: Page, name: str) -> None:
            if wanted and name not in wanted:
                return
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 640})
                    path = folder / f"{name}-{language}-{width}-{theme}.png"
                    page.screenshot(path=path, animations="disabled", **extent(page, width))
                    taken.append(path)

        return look

    with (
        tempfile.TemporaryDirectory() as place,
        running_server(Path(place), options=("--test",)) as server,
        running_chromium() as browser,
    ):
        for language in LANGUAGES:
            WholeWalk(browser, server, language, look_in(language)).all()
    quantise(taken)
    size = sum(path.stat().st_size for path in taken)
    expected = len(wanted or STATES) * 2 * len(WIDTHS) * len(LANGUAGES)
    print(f"{len(taken)} pictures, {size / 1024 / 1024:.1f} MiB, in {folder}")
    return 0 if size < MOST and len(taken) == expected else 1


if __name__ == "__main__":
    place = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs/pages"
    sys.exit(main(place, sys.argv[2:]))
