"""What is shown: a program with what stands beside it; and a target, which writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from satsuma.samples.levels import Level
from satsuma.samples.request import Request
from satsuma.samples.steps import Step, Values


@dataclass(frozen=True, slots=True)
class Sample:
    """A program as it runs: one file, what to install before, how to start it, and the files beside it.

    `environment` names what it reads; `warning` is a sentence that must stand beside it.
    """

    text: str
    language: str
    file_name: str
    install: str
    run: str
    project_files: Mapping[str, str]
    versions: Mapping[str, str]
    environment: tuple[str, ...]
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A cell that makes no sense, and why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a library cannot send, or sends otherwise than it is told.

    `methods` are all that it knows; `headers`, in small letters, are those it writes by itself.
    """

    methods: frozenset[str] | None = None
    headers: frozenset[str] = frozenset()
    repeats: bool = False
    body_of_get: bool = True
    type_of_nothing: bool = True
    unknown_host: bool = True
    any_request: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """A language and a library of it.

    `one_request` and `robust` write any request; `own` writes a cell in the library's own words, before these are
    asked, or says why there is none. `files` are the project's, `limits` what it cannot send.
    """

    slug: str
    language: str
    label: str
    recommended: bool
    why: str
    file_name: str
    install: str
    run: str
    one_request: Callable[[Request], str]
    robust: Callable[[Request], str] | None = None
    own: Callable[[Step, Level, Values], str | NotOffered | None] = lambda step, level, values: None
    files: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    in_browser: bool = False
    limits: Limits = Limits()
