"""The parts of a program that many targets write alike: variables, pairs, headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from satsuma.samples.request import Basic, Bearer, Env, Request, Text

Quote = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Words:
    """How a language writes a text, and how it calls a variable."""

    quote: Quote
    variable: Callable[[Env], str]

    def __call__(self, value: Text) -> str:
        """The literal of a text, or the variable of a value from the environment."""
        return self.variable(value) if isinstance(value, Env) else self.quote(value)

    def pairs(self, pairs: Iterable[tuple[str, Text]], shape: str) -> list[str]:
        """A line for each pair, its `{name}` and `{value}` put into the shape."""
        before, between, after = _split(shape)
        return [f"{before}{self(name)}{between}{self(value)}{after}" for name, value in pairs]


def snake(env: Env) -> str:
    """The variable as Python, Ruby and Rust spell it."""
    return env.variable


def camel(env: Env) -> str:
    """The variable as Java, Kotlin, C#, JavaScript and Go spell it."""
    return env.camel


def _split(shape: str) -> Sequence[str]:
    return re.split(r"\{name\}|\{value\}", shape)


def basic_of(request: Request) -> Basic | None:
    """Who proves itself by Basic, if somebody does."""
    return request.authorization if isinstance(request.authorization, Basic) else None


def bearer_of(request: Request) -> Bearer | None:
    """The token that is shown, if one is."""
    return request.authorization if isinstance(request.authorization, Bearer) else None


def host_of(url: str) -> str:
    """Host and port of a canonical URL."""
    return url.split("/", 3)[2]


def target_of(url: str) -> str:
    """Path and query of a canonical URL."""
    return "/" + url.split("/", 3)[3]


def is_https(url: str) -> bool:
    """Whether a canonical URL is one of TLS."""
    return url.startswith("https:")
