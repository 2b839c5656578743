"""The code generator: a pasted curl command, as a program in any language. Nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.portal.desk import Desk, Here
from satsuma.portal.samples_shown import FIRST
from satsuma.samples import (
    Level,
    NotOffered,
    Reading,
    Sample,
    Shell,
    Unreadable,
    read_curl,
    targets,
)
from satsuma.web.languages import N_, say
from satsuma.web.wording import STALE

LEVELS: Final = (
    ("one-request", N_("The request"), N_("the shortest that runs")),
    (
        "robust",
        N_("The request, with errors read"),
        N_("a time limit, the status and the body checked"),
    ),
)
SHELLS: Final = (("bash", "bash"), ("cmd", "cmd"), ("powershell", "PowerShell"))
_EXAMPLE: Final = (
    "curl -G https://api.example.com/shops \\\n  -d postalCode=44000 \\\n"
    '  -H "Authorization: Bearer $TOKEN" \\\n  -H "Accept: application/json"'
)
_NOTHING: Final = N_("Paste a curl command first.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form says; what it says wrongly is as if it said nothing."""

    text: str = ""
    shell: Shell = "bash"
    target: str = FIRST
    level: Level = "one-request"


@dataclass(frozen=True, slots=True)
class Generator:
    """Shows the form, and the programs that do what was pasted."""

    desk: Desk
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[Route]:
        """The routes of the generator."""
        return [
            Route("/generator", self.show, methods=["GET"]),
            Route("/generator", self.generate, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form with an example in it."""
        return self._page(request, await self.desk.here(request), Asked(_EXAMPLE))

    async def generate(self, request: Request) -> Response:
        """Read what was pasted, and write the programs; one with a secret, or unread, is not shown again."""
        form = await self.desk.frame.form(request)
        here = await self.desk.here(request)
        if form is None:
            return self._page(request, here, Asked(_EXAMPLE), 400, say(request, STALE))
        asked = _asked(form)
        if not asked.text.strip():
            return self._page(request, here, asked, 400, say(request, _NOTHING))
        try:
            async with self.turn:  # beside the server's own work, one at a time
                reading, programs = await asyncio.to_thread(_read, asked)
        except Unreadable as problem:
            return self._page(request, here, replace(asked, text=""), 400, str(problem))
        return self._page(request, here, asked, reading=reading, programs=programs)

    def _page(
        self,
        request: Request,
        here: Here,
        asked: Asked,
        status: int = 200,
        problem: str = "",
        reading: Reading | None = None,
        programs: Sequence[Sample | NotOffered] = (),
    ) -> Response:
        return self.desk.show(
            request,
            "generator.html",
            here,
            status,
            form=True,
            asked=asked,
            text="" if reading is not None and reading.named else asked.text,
            problem=problem,
            reading=reading,
            programs=programs,
            targets=targets(),
            levels=LEVELS,
            shells=SHELLS,
        )


def _read(asked: Asked) -> tuple[Reading, list[Sample | NotOffered]]:
    """The reading of a command, and its programs; raises Unreadable."""
    reading = read_curl(asked.text, asked.shell)
    return reading, reading.programs(asked.target, asked.level)


def _asked(form: dict[str, str]) -> Asked:
    shell, target, level = (form.get(name, "") for name in ("shell", "target", "level"))
    return Asked(
        form.get("curl", ""),
        cast("Shell", shell) if shell in get_args(Shell) else "bash",
        target if target in {each.slug for each in targets()} else FIRST,
        "robust" if level == "robust" else "one-request",
    )
