"""What an application used: tokens, calls, errors and latency over time, as plots, as tables and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Route

from satsuma.diagnostics.usage import read_usage
from satsuma.domain.usage_counts import GUIDE_SERIES, LATENCIES, UsagePoint, is_of_tokens
from satsuma.domain.usage_report import (
    STRETCHES,
    UsageReport,
    is_call,
    is_error,
    is_token,
    lasts_an_hour,
    quantile,
)
from satsuma.portal.application_pages import OwnApplication
from satsuma.portal.asked import Asked
from satsuma.portal.plots import Plot
from satsuma.web.languages import N_, language_of, say
from satsuma.web.pages import NO_STORE, SECURITY_HEADERS

STRETCH: Final = "day"
CLASSES: Final = (2, 3, 4, 5)
NAMES: Final = {
    "hour": N_("Hour"),
    "day": N_("Day"),
    "week": N_("Week"),
    "60-days": N_("60 days"),
}
"""What the stretches of time are called."""
_WHEN: Final = {
    "hour": N_("in the last hour"),
    "day": N_("in 24 hours"),
    "week": N_("in a week"),
    "60-days": N_("in 60 days"),
}
_LABEL_EVERY: Final = {"hour": 15, "day": 4, "week": 8, "60-days": 15}
_FIVE: Final = 5.0
_COLUMNS: Final = ("from", "api", "status", "count", "median_ms", "p95_ms")
_BUCKETS: Final = (*(f"within_{bound * 1000:g}_ms" for bound in LATENCIES), "longer")


@dataclass(frozen=True, slots=True)
class Shown:
    """One panel: a plot, the figure in its head with what it says, and the numbers behind the plot."""

    name: str
    figure: str
    says: str
    drawn: Sequence[Markup]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class UsagePages:
    """The tab of what an application used, and the same as a file."""

    own: OwnApplication

    def routes(self, base: str) -> list[Route]:
        """The routes of the tab."""
        return [
            Route(f"{base}/usage", self.own.page(self.show), methods=["GET"]),
            Route(f"{base}/usage.csv", self.own.page(self.download), methods=["GET"]),
        ]

    async def show(self, asked: Asked) -> Response:
        """Show the stretch of time that the address names, of all APIs and answers or of one."""
        whole = await self._report(asked)
        report = _chosen(asked, whole)
        told = Told(asked, report, lasts_an_hour(self.own.desk.issuers))
        return self.own.show(
            asked,
            "usage",
            report=report,
            names=NAMES,
            apis=[each.api for each in whole.by_api()],
            api=_wish(asked, "api"),
            answered=_wish(asked, "status"),
            link=lambda name: "?" + urlencode({**_wishes(asked), "over": name}),
            csv="usage.csv?" + urlencode({**_wishes(asked), "over": report.stretch.name}),
            shown=told.panels() if report.points else [],
            told=told,
            classes=CLASSES,
            is_empty=not whole.points,
        )

    async def download(self, asked: Asked) -> Response:
        """The numbers of the page as a file, with the histograms that its latencies are taken from."""
        report = _chosen(asked, await self._report(asked))
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow((*_COLUMNS, *_BUCKETS))
        writer.writerows(_line(each) for each in report.points)
        name = f"usage-{asked.named}-{report.stretch.name}.csv"
        return Response(
            file.getvalue(),
            media_type="text/csv",
            headers={
                **SECURITY_HEADERS,
                **NO_STORE,
                "content-disposition": f'attachment; filename="{name}"',
            },
        )

    async def _report(self, asked: Asked) -> UsageReport:
        desk = self.own.desk
        stretch = STRETCHES.get(_wish(asked, "over"), STRETCHES[STRETCH])
        now = desk.clock()
        return await desk.frame.accounts.store.read(
            lambda reader: read_usage(reader, asked.named, stretch, now)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A report in the words and numbers of who looks; `is_enough` says that one token an hour is."""

    asked: Asked
    report: UsageReport
    is_enough: bool

    def panels(self) -> list[Shown]:
        """The four plots."""
        return [self._tokens(), self._calls(), self._errors(), self._latency()]

    def number(self, value: float) -> str:
        """A number as people of the language write it."""
        from babel.numbers import format_decimal

        return str(format_decimal(value, locale=language_of(self.asked.request)))

    def took(self, latencies: Sequence[int], share: float) -> str:
        """Within which time this share of the answers came; empty where there are none."""
        seconds = quantile(latencies, share)
        if seconds is None:
            return ""
        if seconds >= _FIVE:
            return self._say(N_("over 5 s"))
        if seconds >= 1:
            return f"{self.number(round(seconds, 1))} s"
        return f"{self.number(_rounded(seconds * 1000))} ms"

    def name(self, api: str) -> str:
        """What a series is called."""
        if api == GUIDE_SERIES:
            return self._say(N_("Tokens by the guide"))
        if is_of_tokens(api):
            return self._say(N_("Tokens by %(grant)s"), grant=api.partition(":")[2])
        return api

    def moment(self, at: datetime, *, brief: bool = False) -> str:
        """When a step began, as far as it matters in this stretch of time."""
        from babel.dates import format_datetime

        name = self.report.stretch.name
        forms = {"hour": "HH:mm", "day": "HH:mm", "week": "d MMM, HH:mm", "60-days": "d MMM"}
        form = "d MMM" if brief and name == "week" else forms[name]
        return str(format_datetime(at, form, locale=language_of(self.asked.request)))

    def _say(self, text: str, **values: object) -> str:
        return say(self.asked.request, text, values or None)

    def _plot(self, says: str) -> Plot:
        steps = self.report.steps
        every = _LABEL_EVERY[self.report.stretch.name]
        labels = [
            self.moment(at, brief=True) if n % every == 0 else "" for n, at in enumerate(steps)
        ]
        return Plot(says, [self.moment(at) for at in steps], labels, self.number)

    def _counted(self, wanted: Callable[[UsagePoint], bool], name: str) -> tuple[list[int], Plot]:
        """How many there were in each step, and a plot that says so."""
        values = [sum(each) for each in self.report.over_time(wanted)]
        most = max(values)
        says = self._say(
            N_("%(name)s: %(total)s %(when)s; the most, %(most)s, at %(at)s UTC"),
            name=name,
            total=self.number(sum(values)),
            when=self.when(),
            most=self.number(most),
            at=self.moment(self.report.steps[values.index(most)]),
        )
        return values, self._plot(says)

    def when(self) -> str:
        """The stretch of time within a sentence."""
        return self._say(_WHEN[self.report.stretch.name])

    def _panel(
        self, name: str, figure: str, says: str, drawn: Sequence[Markup], *columns: Sequence[str]
    ) -> Shown:
        """A panel whose table has the newest step first, and none in which nothing was."""
        heads = {
            3600: N_("Hour"),
            60: N_("Minute"),
            86_400: N_("Day"),
        }
        first = self._say(heads.get(int(self.report.stretch.step.total_seconds()), N_("From")))
        steps = [self.moment(at) for at in self.report.steps]
        rows = [each for each in zip(steps, *columns, strict=True) if any(each[1:])]
        return Shown(name, figure, says, drawn, (first, *self._heads(name, columns)), rows[::-1])

    def _heads(self, name: str, columns: Sequence[object]) -> Sequence[str]:
        if len(columns) == 1:
            return (name,)
        return (self._say(N_("Median")), self._say(N_("95 of 100 within")))

    def _tokens(self) -> Shown:
        name = self._say(N_("Tokens"))
        values, plot = self._counted(is_token, name)
        hours = self.report.stretch.step.total_seconds() / 3600
        limit = hours if self.is_enough and 1 <= hours < max(values) else 0
        enough = self._say(N_("one an hour is enough"))
        drawn = [each.columns(values, "p1", limit, enough) for each in _sizes(plot, values)]
        return self._panel(
            name, self.number(sum(values)), self.when(), drawn, self._numbers(values)
        )

    def _calls(self) -> Shown:
        name = self._say(N_("Calls"))
        values, plot = self._counted(is_call, name)
        apis = len({each.api for each in self.report.points if is_call(each)})
        says = self.when()
        if apis > 1:
            says = self._say(N_("%(when)s, to %(n)s APIs"), when=says, n=apis)
        drawn = [each.area(values) for each in _sizes(plot, values)]
        return self._panel(name, self.number(sum(values)), says, drawn, self._numbers(values))

    def _errors(self) -> Shown:
        name = self._say(N_("Errors"))
        values, plot = self._counted(is_error, name)
        whole = sum(each.count for each in self.report.points)
        share = self.number(round(100 * sum(values) / whole, 2))
        says = self._say(N_("of %(n)s answers, %(share)s %%"), n=self.number(whole), share=share)
        drawn = [each.columns(values, "p3") for each in _sizes(plot, values)]
        return self._panel(name, self.number(sum(values)), says, drawn, self._numbers(values))

    def _latency(self) -> Shown:
        name = self._say(N_("Latency"))
        steps = self.report.over_time(is_call)
        whole = [sum(bucket) for bucket in zip(*steps, strict=True)]
        median, rare = self.took(whole, 0.5), self.took(whole, 0.95)
        if not median:
            return self._panel(name, "", self._say(N_("no call in this time")), [])
        says = self._say(N_("median; 95 of 100 within %(time)s"), time=rare)
        plot = self._plot(f"{name}: {median} {says}")
        solid, dashed = ([_ms(each, share) for each in steps] for share in (0.5, 0.95))
        drawn = [each.lines(solid, dashed) for each in (plot, plot.narrow())]
        columns = [[self.took(each, share) for each in steps] for share in (0.5, 0.95)]
        return self._panel(name, median, says, drawn, *columns)

    def _numbers(self, values: Sequence[int]) -> list[str]:
        return [self.number(each) if each else "" for each in values]


def _sizes(plot: Plot, values: Sequence[int]) -> Sequence[Plot]:
    """A plot for each width; none where there is nothing to draw."""
    return (plot, plot.narrow()) if any(values) else ()


def _wish(asked: Asked, name: str) -> str:
    return asked.request.query_params.get(name, "")


def _wishes(asked: Asked) -> dict[str, str]:
    """What the address asks for besides the stretch of time."""
    return {name: _wish(asked, name) for name in ("api", "status") if _wish(asked, name)}


def _chosen(asked: Asked, report: UsageReport) -> UsageReport:
    """The part that the address asks for; what there is not is not asked for."""
    api, status = _wish(asked, "api"), _wish(asked, "status")
    if api not in {each.api for each in report.points}:
        api = ""
    return report.only(api, int(status[0]) if status in {f"{n}xx" for n in CLASSES} else 0)


def _ms(latencies: Sequence[int], share: float) -> float | None:
    seconds = quantile(latencies, share)
    return None if seconds is None else seconds * 1000


def _rounded(milliseconds: float) -> float:
    """Few digits: the buckets tell no more."""
    return round(milliseconds, 1) if milliseconds < 10 else round(milliseconds)


def _line(point: UsagePoint) -> tuple[Any, ...]:
    median, rare = _ms(point.latencies, 0.5), _ms(point.latencies, 0.95)
    return (
        point.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        point.api,
        f"{point.status}xx",
        point.count,
        round(median or 0, 2),
        round(rare or 0, 2),
        *point.latencies,
    )
