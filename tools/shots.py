"""Take a picture of every page in its states: two widths, two themes, two languages, into var/shots.

.venv/bin/python tools/shots.py [STATE...]; the states are named in tests/signin/states.py.
.venv/bin/python tools/shots.py --chosen writes the few that documents show into docs/pages, from those taken last.
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
from tests.signin.portal_walk import TRIED  # noqa: E402
from tests.signin.states import STATES, Look  # noqa: E402
from tests.signin.troubles import WholeWalk  # noqa: E402
from tests.wire.server import running_server  # noqa: E402

WIDTHS = (320, 1280)
LANGUAGES = ("en", "fr")
TALLEST = 1600
TAKEN = ROOT / "var/shots"
SHOWN = ROOT / "docs/pages"
# What documents show, by the picture that it is made of.
CHOSEN = {
    "home": "home-en-1280-light",
    "login": "login-for-application-en-1280-light",
    "consent": "consent-en-1280-light",
    "consent-in-french": "consent-fr-1280-light",
    "consent-on-a-phone": "consent-en-320-light",
    "account": "account-en-1280-light",
    "credentials-in-the-dark": "app-credentials-en-1280-dark",
    "connected-applications": "applications-en-1280-light",
    "errors": "errors-en-1280-light",
    "guide": "guide-m2m-2-run-en-1280-light",
    "why-it-failed": "app-requests-fix-en-1280-light",
    "demo-tokens": "demo-answer-en-1280-light",
}


def extent(page: Page, width: int) -> dict[str, Any]:
    """What to take: the whole page, of a very long one the beginning."""
    tall = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": min(tall, TALLEST)}
    return {"full_page": True, "clip": clip}


def compress_chosen() -> int:
    """Write the chosen pictures as WebP; flat pages lose nothing that an eye would see."""
    for old in SHOWN.glob("*.webp"):
        old.unlink()
    for name, taken in CHOSEN.items():
        picture = [TAKEN / f"{taken}.png", "-o", SHOWN / f"{name}.webp"]
        subprocess.run(["cwebp", "-quiet", "-m", "6", "-near_lossless", "60", *picture], check=True)
    return 0


def main(wanted: list[str]) -> int:
    """Walk through the pages in each language and keep what is seen; without wishes, of every state."""
    TAKEN.mkdir(parents=True, exist_ok=True)
    if not wanted:
        for old in TAKEN.glob("*.png"):
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
                    page.evaluate(
                        "scrollTo(0, 0)"
                    )  # a bar that stays at the top is drawn where one is
                    path = TAKEN / f"{name}-{language}-{width}-{theme}.png"
                    page.screenshot(path=path, animations="disabled", **extent(page, width))
                    taken.append(path)

        return look

    with (
        tempfile.TemporaryDirectory() as place,
        running_server(Path(place), options=("--test",), environment=TRIED) as server,
        running_chromium() as browser,
    ):
        for language in LANGUAGES:
            WholeWalk(browser, server, language, look_in(language)).all()
    expected = len(wanted or STATES) * 2 * len(WIDTHS) * len(LANGUAGES)
    print(f"{len(taken)} pictures in {TAKEN}")
    return 0 if len(taken) == expected else 1


if __name__ == "__main__":
    sys.exit(compress_chosen() if sys.argv[1:] == ["--chosen"] else main(sys.argv[1:]))
