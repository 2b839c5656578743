"""The sequence diagram of a flow: who speaks to whom, what they say, and which arrow is lit; in two widths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

State = Literal["done", "lit", "later"]
_HEAD: Final = 42
_ROW: Final = 46
_FIRST: Final = 80
# The widths of a letter: of a sentence, of the wire, of a name, of a role; and what an arrow or a box keeps free.
_LETTER: Final = 6.2
_WIDE_LETTER: Final = 6.7
_NAME_LETTER: Final = 7.2
_ROLE_LETTER: Final = 5.9
_MARGIN: Final = 6


@dataclass(frozen=True, slots=True)
class Party:
    """A participant: its name, and what it is."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from a party to another, by their places in the row; `brief` is for the narrow drawing."""

    start: int
    end: int
    says: str
    brief: str
    step: int
    is_wire: bool = False


def state_of(arrow: Arrow, step: int) -> State:
    """How an arrow stands while a reader is at a step."""
    if arrow.step == step:
        return "lit"
    return "done" if arrow.step < step else "later"


def drawing(
    parties: Sequence[Party], arrows: Sequence[Arrow], step: int, title: str, width: str
) -> Markup:
    """The diagram as SVG, `wide` or `narrow`; what is written in it is escaped."""
    whole = 620 if width == "wide" else 340
    lane = whole / len(parties)
    middle = [lane * (place + 0.5) for place in range(len(parties))]
    height = _FIRST + _ROW * len(arrows)
    parts = [
        Markup('<svg class="seq {}" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            width, whole, height, title
        )
    ]
    for row, arrow in enumerate(arrows):
        if arrow.step == step:
            top = _FIRST - 31 + _ROW * row
            parts.append(
                Markup('<rect class="lamp" x="0" y="{}" width="{}" height="44" rx="6"/>').format(
                    top, whole
                )
            )
    for party, x in zip(parties, middle, strict=True):
        parts.append(_party(party, x, lane * 0.9, height))
    for row, arrow in enumerate(arrows):
        room = abs(middle[arrow.start] - middle[arrow.end]) - 2 * _MARGIN
        letter = _WIDE_LETTER if arrow.is_wire else _LETTER
        says = arrow.says if len(arrow.says) * letter <= room else arrow.brief
        parts.append(_arrow(arrow, says, middle, _FIRST + _ROW * row, row + 1, step))
    return Markup("").join([*parts, Markup("</svg>")])


def _party(party: Party, x: float, box: float, height: int) -> Markup:
    """A participant over its line; of a name, what its box has room for; no role that would leave it."""
    room = box - 2 * _MARGIN
    longest = int(room / _NAME_LETTER)
    name = party.name if len(party.name) <= longest else f"{party.name[: longest - 1].rstrip()}…"
    has_role = len(party.role) * _ROLE_LETTER <= room
    role = Markup('<text class="sub" x="{x}" y="34" text-anchor="middle">{role}</text>')
    return Markup(
        '<path class="life" d="M{x} 44V{h}"/>'
        '<rect class="box" x="{left}" y="1" width="{box}" height="{head}" rx="6"/>'
        '<text class="who" x="{x}" y="{base}" text-anchor="middle">{name}</text>{role}'
    ).format(
        x=round(x, 1),
        h=height,
        left=round(x - box / 2, 1),
        box=round(box, 1),
        head=_HEAD,
        base=18 if has_role else 26,
        name=name,
        role=role.format(x=round(x, 1), role=party.role) if has_role else "",
    )


def _arrow(
    arrow: Arrow, says: str, middle: Sequence[float], y: int, number: int, step: int
) -> Markup:
    start, end = middle[arrow.start], middle[arrow.end]
    way = 1 if end > start else -1
    return Markup(
        '<g class="{state}"><path class="arrow" d="M{a} {y}H{b}"/><path class="tip" d="M{e} {y}l{t} -4.5v9z"/>'
        '<text class="say{wire}" x="{m}" y="{above}" text-anchor="middle">{says}</text>'
        '<circle class="n" cx="{s}" cy="{y}" r="8.5"/><text class="nn" x="{s}" y="{base}">{number}</text></g>'
    ).format(
        state=state_of(arrow, step),
        a=round(start + 9 * way, 1),
        b=round(end - 8 * way, 1),
        e=round(end - way, 1),
        t=-9 * way,
        wire=" wiretext" if arrow.is_wire else "",
        m=round((start + end) / 2, 1),
        above=y - 10,
        says=says,
        s=round(start, 1),
        y=y,
        base=y + 3.6,
        number=number,
    )
