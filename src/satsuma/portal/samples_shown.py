"""The sample of a guide's step: the languages to choose from, and the program in the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from satsuma.samples import NotOffered, Sample, Step, Target, Values, show, targets

FIRST: Final = "curl"


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to another sample: of a language, or of a library of it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownSample:
    """One program, and the way to the others; `text` is empty where `says` tells why there is none."""

    slug: str
    language: str
    label: str
    languages: Sequence[Choice]
    clients: Sequence[Choice]
    text: str
    says: str
    install: str
    warning: str


def _shortest(step: Step, target: Target, values: Values) -> Sample | NotOffered:
    """The program of the first level that has one: a handler of a login is never one request."""
    found = show(step, target, "one-request", values)
    fuller = show(step, target, "robust", values)
    return fuller if isinstance(found, NotOffered) and isinstance(fuller, Sample) else found


def sample_of(step: Step, wanted: str, values: Values) -> ShownSample | None:
    """The program of a step in the wanted target, in the first one where that is unknown; None where there is none."""
    every = targets()
    by_slug = {each.slug: each for each in every}
    target = by_slug.get(wanted) or by_slug[FIRST]
    found = _shortest(step, target, values)
    if isinstance(found, NotOffered) and not any(
        isinstance(_shortest(step, each, values), Sample) for each in every
    ):
        return None
    languages: dict[str, Choice] = {}
    clients: list[Choice] = []
    for each in every:
        language, _, library = each.label.partition(": ")
        if language not in languages or each.recommended:
            languages[language] = Choice(each.slug, language)
        if language == target.label.partition(": ")[0]:
            clients.append(Choice(each.slug, library))
    if isinstance(found, NotOffered):
        text, says, install, warning = "", found.sentence, "", ""
    else:
        text, says, install, warning = found.text, "", found.install, found.warning or ""
    return ShownSample(
        target.slug,
        target.label.partition(": ")[0],
        target.label,
        list(languages.values()),
        clients,
        text,
        says,
        install,
        warning,
    )
