"""One cell of the table: a step, a target, a level."""

from __future__ import annotations

from satsuma.samples import reasons
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, TOKEN, Env, Request
from satsuma.samples.sample import NotOffered, Sample, Target
from satsuma.samples.steps import Step, Values, request_of
from satsuma.samples.table import target_of


def show(step: Step, target: str | Target, level: Level, values: Values) -> Sample | NotOffered:
    """The program of a cell, or why there is none.

    Raises KeyError where there is no such target, and ValueError where an address is none.
    """
    row = target_of(target) if isinstance(target, str) else target
    own = row.own(step, level, values)
    if isinstance(own, NotOffered):
        return own
    if own is not None:
        return _sample(row, own, _own_environment(step, values, row), values)
    if step == "authorize":
        return NotOffered(reasons.AUTHORIZE)
    if level == "production":
        return NotOffered(_no_production(step, row))
    return show_request(request_of(step, values), row, level)


def _no_production(step: Step, row: Target) -> str:
    if not row.recommended:
        return reasons.RECOMMENDED_ONLY
    return reasons.NO_KEEPER if step == "call" else reasons.PRODUCTION


def show_request(request: Request, row: Target, level: Level) -> Sample | NotOffered:
    """The program that sends a request."""
    writer = row.one_request if level == "one-request" else row.robust
    if writer is None:
        return NotOffered(reasons.ROBUST)
    return _sample(row, writer(request), request.environment, None)


def _own_environment(step: Step, values: Values, row: Target) -> tuple[Env, ...]:
    if step == "authorize":
        return () if row.in_browser or values.public else (SECRET,)
    if step == "call" and row.recommended:
        return (SECRET,)  # which gets the token by itself
    found = request_of(step, values).environment
    return tuple(each for each in found if each is not TOKEN or step != "call")


def _sample(row: Target, text: str, environment: tuple[Env, ...], values: Values | None) -> Sample:
    names = tuple(each.name for each in environment)
    warning = reasons.SECRET_IN_PAGE if row.in_browser and SECRET in environment else None
    return Sample(
        text,
        row.language,
        row.file_name,
        row.install,
        row.run,
        row.files,
        row.versions,
        names,
        warning,
    )
