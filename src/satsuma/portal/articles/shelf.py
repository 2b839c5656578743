"""The shelf: which article stands under a name in a language, read again when a file has changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from satsuma.portal.articles.reading import OURS, Article, article_files, read_folder
from satsuma.web.languages import LANGUAGES

OWN_PLACES: Final = ("faq", "news", "support")
"""Names that have an address of their own, and a link at the foot of each page."""
_FIRST: Final = ("introduction", "how-to-start", "troubleshooting")
_LOOK_EVERY: Final = 0.5
Marks = tuple[tuple[str, int, int], ...]


class Shelf:
    """Every article by name and language. The operator's takes the place of ours of the same name.

    A file that cannot be shown leaves what was shown before it, and is told once in the log; the doctor tells it, too.
    """

    def __init__(
        self,
        folder: Path | None,
        words: Mapping[str, str],
        monotonic: Callable[[], float],
        log: Any,
    ) -> None:
        """Show ours and what is below `folder`; `words` are what `{{word}}` stands for."""
        self._folder = folder
        self._words = words
        self._monotonic = monotonic
        self._log = log
        self._looked_at = float("-inf")
        self._marks: Marks | None = None
        self._ours = {each: read_folder(OURS, each, words)[0] for each in LANGUAGES}
        self._theirs: dict[str, dict[str, Article]] = {each: {} for each in LANGUAGES}

    async def renew(self) -> None:
        """Read what changed; looks at the files twice a second at most, beside the loop."""
        now = self._monotonic()
        if self._folder is None or now - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = now
        await asyncio.to_thread(self._renew, self._folder)

    def find(self, name: str, language: str) -> Article | None:
        """The article of a name, in another language where it has none in this one; None where there is none."""
        others = (each for each in LANGUAGES if each != language)
        for shelf in (self._theirs, self._ours):
            for each in (language, *others):
                if name in shelf[each]:
                    return shelf[each][name]
        return None

    def listed(self, language: str) -> list[Article]:
        """The articles that stand among the guides: ours to begin with, then by title."""
        found = [each for name in self._names() if (each := self.find(name, language)) is not None]
        among = [each for each in found if each.name not in OWN_PLACES]
        order = {name: place for place, name in enumerate(_FIRST)}
        return sorted(
            among, key=lambda each: (order.get(each.name, len(order)), each.title.casefold())
        )

    def at_the_foot(self, language: str) -> list[Article]:
        """What each page leads to."""
        found = (self.find(name, language) for name in OWN_PLACES)
        return [each for each in found if each is not None]

    def _names(self) -> set[str]:
        return {
            name for shelf in (self._ours, self._theirs) for each in shelf.values() for name in each
        }

    def _renew(self, folder: Path) -> None:
        marks = _marks(folder)
        if marks == self._marks:
            return
        self._marks = marks
        for language in LANGUAGES:
            found, wrong = read_folder(folder, language, self._words)
            kept = self._theirs[language]
            for name, why in wrong.items():
                stem = Path(name).stem
                if stem in kept:
                    found[stem] = kept[stem]
                self._log.warning("article_unshown", file=str(folder / name), why=why)
            self._theirs[language] = found


def _marks(folder: Path) -> Marks:
    """By what one sees that a file changed."""
    found = []
    for language in LANGUAGES:
        for path in article_files(folder, language):
            try:
                state = os.stat(path)
            except OSError:
                found.append((str(path), 0, 0))
            else:
                found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)
