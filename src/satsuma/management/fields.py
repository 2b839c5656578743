"""What is known of an application and of an API, each field declared once: option, sentence, rule, form.

The command line makes its options from here and its JSON; so will the admin API and the portal's forms. It imports the
rules alone, so that a command's `--help` stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from satsuma.domain.api_names import is_api_name
from satsuma.domain.redirect_uris import BadAddress, check_redirect_uri, check_web_origin
from satsuma_client.protocol.names import ID_TOKEN_ALGORITHMS
from satsuma_client.protocol.scope import parse_scope

Kind = Literal["text", "whole", "flag", "choice", "scope", "scope-text"]


class BadValue(Exception):
    """A value cannot be taken; `slug` is stable, the text is for a person to read."""

    def __init__(self, slug: str, says: str) -> None:
        super().__init__(says)
        self.slug = slug


def _as_it_is(value: Any) -> Any:
    return value


def _anything(value: Any) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `name` is the fact's and JSON's; `option` is empty where nobody sets it by hand.

    `check` judges one value, of a field of `many` each of them; `shown` gives its form in JSON.
    """

    name: str
    option: str = ""
    says: str | None = None
    kind: Kind = "text"
    metavar: str | None = None
    many: bool = False
    bounds: tuple[int, int] = (0, 0)
    choices: tuple[str, ...] = ()
    default: Any = None
    check: Callable[[Any], None] = _anything
    shown: Callable[[Any], Any] = _as_it_is
    is_shown: bool = True


def check_fields(fields: Iterable[Field], **given: Any) -> None:
    """Judge what is given, in the order of the fields; raises BadValue."""
    for field in fields:
        values = given.get(field.name, ()) if field.many else (given.get(field.name),)
        for value in values:
            if value is not None:
                try:
                    field.check(value)
                except BadAddress as problem:
                    raise BadValue(problem.slug, str(problem)) from None


def record_of(fields: Iterable[Field], fact: object) -> dict[str, Any]:
    """A fact as JSON shows it."""
    return {each.name: each.shown(getattr(fact, each.name)) for each in fields if each.is_shown}


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise BadValue("name-malformed", "A name has 1 to 80 printable characters")


def _check_algorithm(alg: str) -> None:
    if alg not in ID_TOKEN_ALGORITHMS:
        names = ", ".join(ID_TOKEN_ALGORITHMS)
        raise BadValue("id-token-alg-unknown", f"{alg!r} is not one of {names}")


def _check_api_name(name: str) -> None:
    if not is_api_name(name):
        raise BadValue(
            "api-name", f"{name!r}: an API name is a-z, 0-9 and -, 2 to 41 long, and not reserved"
        )


def _check_version(version: int) -> None:
    if not 0 <= version <= 9999:
        raise BadValue("api-version", "A major version is 0 to 9999")


def _check_upstream(upstream: str) -> None:
    parts = urlsplit(upstream)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadValue("api-upstream", f"{upstream!r} is not an http or https address")


def _check_scope(rule: Any) -> None:
    if parse_scope(rule.scope) != (rule.scope,):
        raise BadValue("scope-malformed", f"{rule.scope!r} is not one scope token")


def _scope_shown(rules: Iterable[Any]) -> list[str]:
    return [_rule_shown(rule) for rule in rules]


def _rule_shown(rule: Any) -> str:
    if not rule.methods and rule.path_prefix == "/":
        return str(rule.scope)
    methods = ",".join(rule.methods)
    return f"{rule.scope}={methods}{':' if methods else ''}{rule.path_prefix}"


def _texts_shown(texts: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    return {f"{scope}:{tongue}" if tongue else scope: text for scope, tongue, text in texts}


APPLICATION: Final = (
    Field("application_id"),
    Field("name", check=_check_name),
    Field("client_id"),
    Field("state"),
    Field("public", "--public", "A client that can keep no secret.", "flag"),
    Field(
        "redirect_uris",
        "--redirect-uri",
        metavar="URI",
        many=True,
        check=check_redirect_uri,
        shown=list,
    ),
    Field(
        "web_origins",
        "--web-origin",
        metavar="ORIGIN",
        many=True,
        check=check_web_origin,
        shown=list,
    ),
    Field(
        "id_token_signed_response_alg",
        "--id-token-alg",
        "What its ID tokens are signed with.",
        "choice",
        choices=ID_TOKEN_ALGORITHMS,
        default="RS256",
        check=_check_algorithm,
    ),
    Field("created_at"),
)
API: Final = (
    Field("api_id"),
    Field("name", check=_check_api_name),
    Field("version", "--version", None, "whole", bounds=(0, 9999), default=1, check=_check_version),
    Field("title", "--title", "What people call it."),
    Field("life_cycle"),
    Field(
        "upstream",
        "--upstream",
        "Where calls are forwarded to.",
        metavar="URL",
        check=_check_upstream,
    ),
    Field(
        "scopes",
        "--scope",
        "A scope and the calls that need it.",
        "scope",
        "NAME[=METHODS:/prefix]",
        many=True,
        check=_check_scope,
        shown=_scope_shown,
    ),
    Field(
        "scope_texts",
        "--scope-text",
        "What a scope means to a user, in a sentence; LANG is en or fr, without it for any.",
        "scope-text",
        "NAME[:LANG]=TEXT",
        many=True,
        shown=_texts_shown,
    ),
    Field(
        "forward_authorization",
        "--forward-authorization",
        "Let the caller's token reach the upstream, which can then use it elsewhere.",
        "flag",
    ),
    Field("issuers", "--issuer", "An issuer it trusts.", metavar="NAME", many=True, shown=list),
    Field("resource_id"),
    Field("created_at"),
    Field("timeout", "--timeout", None, "whole", bounds=(1, 3600), default=30, is_shown=False),
)
