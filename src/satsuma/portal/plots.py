"""Plots as SVG, drawn here: columns and lines, with their labels on the things themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from markupsafe import Markup

WIDE: Final = 520
NARROW: Final = 260
_HEIGHT: Final = 170
_LEFT: Final = 46
_TOP: Final = 16
_FLOOR: Final = 148
_INTERVALS: Final = 4

Series = Sequence[float | None]
"""A value for each step, None where there is none."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn said in words, the steps' names, a label for some of them, and how a number is written."""

    says: str
    steps: Sequence[str]
    labels: Sequence[str]
    number: Callable[[int], str]
    width: int = WIDE

    def narrow(self) -> Plot:
        """The same for a small screen: every other label has room."""
        kept = iter(range(len(self.labels)))
        labels = [each if each and next(kept) % 2 == 0 else "" for each in self.labels]
        return replace(self, labels=labels, width=NARROW)

    def columns(
        self, values: Sequence[int], kind: str, limit: float = 0, tells: str = ""
    ) -> Markup:
        """A column for each step, and where there is one a line at a limit with what it tells."""
        most = max(values)
        axis = self._axis(max(float(most), limit), len(values), is_whole=True)
        parts = [*self._ground(axis)]
        for at, value in enumerate(values):
            if value:
                parts.append(
                    _column(axis, at, value, kind, f"{self.steps[at]}, {self.number(value)}")
                )
        if limit:
            y = axis.y(limit)
            parts.append(_path("limit", f"M{_LEFT} {y:.1f}H{axis.width}"))
            parts.append(_text(_LEFT + 6, max(y - 6, _TOP), "start", tells, "mark-text"))
        if most:
            parts.append(_peak(axis, list(values), self.number(most)))
        return self._svg(parts)

    def area(self, values: Sequence[int]) -> Markup:
        """A line through each step, and what is below it."""
        most = max(values)
        axis = self._axis(float(most), len(values), is_whole=True)
        line = "L".join(
            f"{axis.middle(at):.1f} {axis.y(each):.1f}" for at, each in enumerate(values)
        )
        first, last = axis.middle(0), axis.middle(len(values) - 1)
        parts = [*self._ground(axis)]
        parts.append(_path("area", f"M{first:.1f} {_FLOOR}L{line}L{last:.1f} {_FLOOR}Z"))
        parts.append(_path("line l1", f"M{line}"))
        if most:
            parts.append(_peak(axis, list(values), self.number(most)))
        return self._svg(parts)

    def lines(self, solid: Series, dashed: Series) -> Markup:
        """Two lines; each ends where there is no value, and goes on where one comes again."""
        values = [each for each in (*solid, *dashed) if each is not None]
        axis = self._axis(max(values, default=0.0), len(solid), is_whole=False)
        parts = [*self._ground(axis)]
        for series, kind in ((dashed, "line l4 thin"), (solid, "line l1")):
            parts.extend(_path(kind, path) for path in _paths(axis, series))
        return self._svg(parts)

    def _axis(self, most: float, steps: int, *, is_whole: bool) -> _Axis:
        """An axis with few round marks, the last of which no value passes."""
        step = 1.0 if is_whole else 0.1
        while most > step * _INTERVALS:
            step *= 2.5 if f"{step:e}"[0] == "2" else 2
        count = max(-(-most // step), 1)
        return _Axis([step * each for each in range(int(count) + 1)], steps, self.width)

    def _ground(self, axis: _Axis) -> Iterable[Markup]:
        for tick in axis.ticks:
            y = axis.y(tick)
            yield _path("grid", f"M{_LEFT} {y:.1f}H{axis.width}")
            yield _text(_LEFT - 6, y + 4, "end", _brief(tick))
        for at, label in enumerate(self.labels):
            if label:
                yield _text(axis.start(at), _HEIGHT - 4, "start", label)

    def _svg(self, parts: Iterable[Markup]) -> Markup:
        kind = "plot narrow" if self.width == NARROW else "plot"
        head = Markup(
            '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><g aria-hidden="true">'
        )
        return (
            head.format(kind, self.width, _HEIGHT, self.says)
            + Markup("").join(parts)
            + Markup("</g></svg>")
        )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where values and steps stand."""

    ticks: Sequence[float]
    steps: int
    width: int

    def start(self, at: int) -> float:
        """Where a step begins."""
        return _LEFT + at * (self.width - _LEFT) / self.steps

    def middle(self, at: int) -> float:
        """The middle of a step."""
        return (self.start(at) + self.start(at + 1)) / 2

    def y(self, value: float) -> float:
        """The height of a value."""
        return _FLOOR - (_FLOOR - _TOP) * value / self.ticks[-1]


def _column(axis: _Axis, at: int, value: float, kind: str, tells: str) -> Markup:
    width = (axis.start(1) - axis.start(0)) * 0.8
    top = min(axis.y(value), _FLOOR - 1.5)
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5"><title>{}</title></rect>'
    ).format(kind, axis.start(at) + width / 8, top, width, _FLOOR - top, tells)


def _peak(axis: _Axis, values: list[int], says: str) -> Markup:
    """The highest value, at its place."""
    most = max(values)
    at = values.index(most)
    x, anchor = axis.middle(at), "middle"
    if x > axis.width - 30:
        x, anchor = axis.width, "end"
    elif x < _LEFT + 30:
        x, anchor = axis.start(at), "start"
    return _text(x, axis.y(most) - 3.5, anchor, says, "mark-text")


def _paths(axis: _Axis, series: Series) -> Iterable[str]:
    """A line for each run of steps that have a value; one alone is a short dash."""
    points: list[str] = []
    for at, (value, after) in enumerate(pairwise([*series, None])):
        if value is None:
            continue
        points.append(f"{axis.middle(at):.1f} {axis.y(value):.1f}")
        if after is None:
            yield f"M{points[0]}h4" if len(points) == 1 else "M" + "L".join(points)
            points.clear()


def _path(kind: str, path: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, path)


def _text(x: float, y: float, anchor: str, says: str, kind: str = "") -> Markup:
    shown = Markup(' class="{}"').format(kind) if kind else Markup("")
    return Markup('<text{} x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        shown, x, y, anchor, says
    )


def _brief(value: float) -> str:
    """A mark of the axis in few letters."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
