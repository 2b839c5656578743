"""The parts of a program that many targets write alike: variables, pairs, headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from satsuma.samples.request import Basic, Bearer, Env, Joined, Request, Text, joined, parts_of

Quote = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Words:
    """How a language writes a text, and how it calls a variable."""

    quote: Quote
    variable: Callable[[Env], str]
    join: Callable[[list[str]], str] = " + ".join

    def __call__(self, value: Text) -> str:
        """The literal of a text, the variable of a value from the environment, or what joins both."""
        if isinstance(value, Joined):
            return self.join([self(part) for part in value.parts])
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


def host_of(url: Text) -> str:
    """Host and port of a canonical URL."""
    return str(parts_of(url)[0]).split("/", 3)[2]


def target_of(url: Text) -> Text:
    """Path and query of a canonical URL."""
    first, *rest = parts_of(url)
    return joined(("/" + str(first).split("/", 3)[3], *rest))


def is_https(url: Text) -> bool:
    """Whether a canonical URL is one of TLS; where the environment has its scheme, it is taken for one."""
    return not str(parts_of(url)[0]).startswith("http:")
