"""The challenges of a WWW-Authenticate field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from satsuma_client.protocol.errors import Malformed

MAX_CHARACTERS: Final = 8192
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_BETWEEN: Final = re.compile(r"[ \t,]*")
_SCHEME: Final = re.compile(rf"({_TOKEN})(?: +(?=[^ ,])|[ \t]*(?=,|\Z))")
_TOKEN68: Final = re.compile(r"([A-Za-z0-9\-._~+/]+=*)[ \t]*(?=,|\Z)")
_PARAMETER: Final = re.compile(rf"({_TOKEN})[ \t]*=[ \t]*(?:({_TOKEN})|({_QUOTED}))[ \t]*(?=,|\Z)")
_WHOLE_TOKEN: Final = re.compile(rf"{_TOKEN}\Z")
_WHOLE_TOKEN68: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")
_QUOTABLE: Final = re.compile(r"[\t -~\x80-\xff]*\Z")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to prove oneself that a server offers, and with Bearer why the token did not do.

    `parameters` are in order, their names in lower case; a scheme has them or one `token68`.

    Spec: RFC 9110 §11.2, §11.3; RFC 6750 §3.
    """

    scheme: str
    parameters: tuple[tuple[str, str], ...] = ()
    token68: str | None = None

    def is_of(self, scheme: str) -> bool:
        """Say whether this is of a scheme; the scheme's case does not matter.

        Spec: RFC 9110 §11.1.
        """
        return self.scheme.lower() == scheme.lower()

    def parameter(self, name: str) -> str | None:
        """A parameter such as `realm`, `scope`, `error` or `error_description`; None where it is absent."""
        return dict(self.parameters).get(name)

    def render(self) -> str:
        """The challenge, each value a quoted string; raises Malformed for what no field can hold.

        Spec: RFC 9110 §5.6.4, §11.3.
        """
        rest = self.token68 or ", ".join(_render(*each) for each in self.parameters)
        if not _WHOLE_TOKEN.match(self.scheme) or (
            self.token68 is not None and not _WHOLE_TOKEN68.match(self.token68)
        ):
            raise Malformed("challenge-malformed", because="the scheme or its token68")
        return f"{self.scheme} {rest}" if rest else self.scheme


def basic_challenge(realm: str) -> Challenge:
    """Ask for a user-id and a password.

    Spec: RFC 7617 §2.
    """
    return Challenge("Basic", (("realm", realm),))


def bearer_challenge(
    realm: str, error: str = "", error_description: str = "", scope: str = ""
) -> Challenge:
    """Ask for a token; without an error where none was sent.

    Spec: RFC 6750 §3, §3.1.
    """
    sent = (
        ("realm", realm),
        ("error", error),
        ("error_description", error_description),
        ("scope", scope),
    )
    return Challenge("Bearer", tuple(each for each in sent if each[1]))


def parse_challenges(field: str) -> tuple[Challenge, ...]:
    """Read every challenge of a field; raises Malformed.

    A comma stands between challenges as well as between the parameters of one: a name that no `=` follows is a scheme.

    Spec: RFC 9110 §11.2, §11.3, §11.6.1.
    """
    if len(field) > MAX_CHARACTERS:
        raise Malformed("message-too-large", length=len(field))
    found: list[Challenge] = []
    position = _skip(field, 0)
    while position < len(field):
        scheme = _SCHEME.match(field, position)
        if scheme is None:
            raise Malformed("challenge-malformed", position=position)
        challenge, position = _challenge(field, scheme[1], scheme.end())
        found.append(challenge)
    return tuple(found)


def render_challenges(challenges: Iterable[Challenge]) -> str:
    """One field with these challenges.

    Spec: RFC 9110 §11.6.1.
    """
    return ", ".join(each.render() for each in challenges)


def _challenge(field: str, scheme: str, position: int) -> tuple[Challenge, int]:
    """What follows a scheme and a space, and where the next begins."""
    if field[position - 1] != " ":
        return Challenge(scheme), _skip(field, position)
    begin = position
    token68 = _TOKEN68.match(field, position)
    if token68 is not None:
        return Challenge(scheme, (), token68[1]), _skip(field, token68.end())
    parameters: dict[str, str] = {}
    position = _skip(field, position)
    while (found := _PARAMETER.match(field, position)) is not None:
        name = found[1].lower()
        if name in parameters:
            raise Malformed("challenge-malformed", because="a parameter twice")
        parameters[name] = found[2] or re.sub(r"\\(.)", r"\1", found[3][1:-1])
        position = _skip(field, found.end())
    if not parameters and field[begin : begin + 1] not in ("", ","):
        raise Malformed("challenge-malformed", position=begin)
    return Challenge(scheme, tuple(parameters.items())), position


def _skip(field: str, position: int) -> int:
    found = _BETWEEN.match(field, position)
    return position if found is None else found.end()


def _render(name: str, value: str) -> str:
    if not _WHOLE_TOKEN.match(name) or not _QUOTABLE.match(value):
        raise Malformed("challenge-malformed", because="a parameter")
    return f'{name}="' + re.sub(r'(["\\])', r"\\\1", value) + '"'
