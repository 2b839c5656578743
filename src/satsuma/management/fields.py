"""What is known of an application and of an API, each field declared once: option, sentence, rule, form.

The command line makes its options from here and its JSON; so will the admin API and the portal's forms. It imports the
rules alone, so that a command's `--help` stays quick.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from satsuma.domain.api_names import is_api_name
from satsuma.domain.display_names import LONGEST, canonical_name
from satsuma.domain.redirect_uris import (
    BadAddress,
    canonical_web_origin,
    check_redirect_uri,
    check_web_origin,
)
from satsuma.domain.web_urls import BadUrl, parse_web_url
from satsuma.management.stops import (
    algorithm_ends,
    fewer,
    forwarding_ends,
    gone,
    issuers_end,
    redirect_uris_end,
    scopes_end,
    upstream_ends,
    web_origins_end,
)
from satsuma_client.protocol.names import ID_TOKEN_ALGORITHMS
from satsuma_client.protocol.scope import parse_scope

Kind = Literal["text", "whole", "flag", "choice", "scope", "scope-text"]


class BadValue(Exception):
    """A value cannot be taken; `slug` is stable, the text is for a person to read."""

    def __init__(self, slug: str, says: str) -> None:
        super().__init__(says)
        self.slug = slug


_LONGEST_TITLE: Final = 200
_PREFIX: Final = re.compile(r"/|(?:/(?!\.{1,2}(?:/|$))[^/%;?#\\\s]+)+/?")


def _as_it_is(value: Any) -> Any:
    return value


def _anything(value: Any) -> None:
    pass


def _nothing(was: Any, now: Any) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `name` is the fact's and JSON's; `option` is empty where nobody sets it by hand.

    `check` judges one value, of a field of `many` each of them; `form` is how it is stored, `shown` its form in JSON.
    `inside` is the member of the fact that holds it, empty for the fact itself. `changes` where it may be changed
    later: `ends` then says what stops working, from the value that was and the value that is; `key` is by what one of
    many is known.
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
    form: Callable[[Any], Any] = _as_it_is
    shown: Callable[[Any], Any] = _as_it_is
    is_shown: bool = True
    inside: str = ""
    changes: bool = False
    key: Callable[[Any], str] = str
    ends: Callable[[Any, Any], Iterable[str]] = _nothing

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name.replace("_", " ")

    def of(self, fact: object) -> Any:
        """Its value in a fact."""
        return getattr(getattr(fact, self.inside) if self.inside else fact, self.name)


def check_fields(fields: Iterable[Field], **given: Any) -> None:
    """Judge what is given, in the order of the fields; raises BadValue."""
    for field in fields:
        values = given.get(field.name, ()) if field.many else (given.get(field.name),)
        for value in values:
            if value is not None:
                _check(field, value)


def check_changes(fields: Iterable[Field], was: object, now: object) -> None:
    """Judge what differs; what stood before stays, whatever today's rule says of it. Raises BadValue."""
    for field in fields:
        before, after = field.of(was), field.of(now)
        if before != after:
            for value in gone(after, before) if field.many else (after,):
                _check(field, value)


def _check(field: Field, value: Any) -> None:
    try:
        field.check(value)
    except BadAddress as problem:
        raise BadValue(problem.slug, str(problem)) from None
    if field.kind == "whole" and not field.bounds[0] <= value <= field.bounds[1]:
        says = f"{field.label} is {field.bounds[0]} to {field.bounds[1]}, not {value}"
        raise BadValue("out-of-bounds", says)


def record_of(fields: Iterable[Field], fact: object) -> dict[str, Any]:
    """A fact as JSON shows it."""
    return {each.name: each.shown(each.of(fact)) for each in fields if each.is_shown}


def stored_name(name: str) -> str:
    """A name of an application as it is stored; raises BadValue."""
    canonical = canonical_name(name)
    if canonical is None:
        raise BadValue("name-malformed", f"A name has 1 to {LONGEST} printable characters")
    return canonical


def _check_name(name: str) -> None:
    stored_name(name)


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


def canonical_upstream(upstream: str) -> str:
    """An upstream's address in one form, its host in A-labels, without a / at its end; raises BadValue."""
    try:
        url = parse_web_url(upstream)
    except BadUrl as problem:
        says = f"{upstream!r} is not an http or https address: it {problem}"
        raise BadValue("api-upstream", says) from None
    if "?" in upstream:
        raise BadValue("api-upstream", f"{upstream!r} has a query: each call brings its own")
    return url.origin + url.path.rstrip("/")


def _check_upstream(upstream: str) -> None:
    canonical_upstream(upstream)


def _check_scope(rule: Any) -> None:
    if parse_scope(rule.scope) != (rule.scope,):
        raise BadValue("scope-malformed", f"{rule.scope!r} is not one scope token")
    if not _PREFIX.fullmatch(rule.path_prefix) or not rule.path_prefix.isprintable():
        says = f"{rule.path_prefix!r} begins no path as rules read it: decoded, one / between, no . or .. and no ;"
        raise BadValue("scope-prefix", says)


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > _LONGEST_TITLE or not title.isprintable():
        says = f"A title has 1 to {_LONGEST_TITLE} printable characters"
        raise BadValue("title-malformed", says)


def _scope_shown(rules: Iterable[Any]) -> list[str]:
    return [_rule_shown(rule) for rule in rules]


def _rule_shown(rule: Any) -> str:
    if not rule.methods and rule.path_prefix == "/":
        return str(rule.scope)
    methods = ",".join(rule.methods)
    return f"{rule.scope}={methods}{':' if methods else ''}{rule.path_prefix}"


def _texts_shown(texts: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    return {f"{scope}:{tongue}" if tongue else scope: text for scope, tongue, text in texts}


def _scope_of(rule: Any) -> str:
    return str(rule.scope)


def _text_key(text: tuple[str, str, str]) -> str:
    return f"{text[0]}:{text[1]}" if text[1] else text[0]


APPLICATION: Final = (
    Field("application_id"),
    Field(
        "name",
        "--name",
        "What users see it called.",
        check=_check_name,
        form=stored_name,
        changes=True,
    ),
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
        changes=True,
        ends=redirect_uris_end,
    ),
    Field(
        "web_origins",
        "--web-origin",
        metavar="ORIGIN",
        many=True,
        check=check_web_origin,
        form=canonical_web_origin,
        shown=list,
        changes=True,
        ends=web_origins_end,
    ),
    Field(
        "id_token_signed_response_alg",
        "--id-token-alg",
        "What its ID tokens are signed with.",
        "choice",
        choices=ID_TOKEN_ALGORITHMS,
        default="RS256",
        check=_check_algorithm,
        changes=True,
        ends=algorithm_ends,
    ),
    Field("created_at"),
)
API: Final = (
    Field("api_id"),
    Field("name", check=_check_api_name),
    Field("version", "--version", None, "whole", bounds=(0, 9999), default=1, check=_check_version),
    Field("title", "--title", "What people call it.", check=_check_title, changes=True),
    Field("life_cycle"),
    Field(
        "upstream",
        "--upstream",
        "Where calls are forwarded to.",
        metavar="URL",
        check=_check_upstream,
        form=canonical_upstream,
        changes=True,
        ends=upstream_ends,
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
        changes=True,
        key=_scope_of,
        ends=scopes_end,
    ),
    Field(
        "scope_texts",
        "--scope-text",
        "What a scope means to a user, in a sentence; LANG is en or fr, without it for any.",
        "scope-text",
        "NAME[:LANG]=TEXT",
        many=True,
        shown=_texts_shown,
        changes=True,
        key=_text_key,
    ),
    Field(
        "forward_authorization",
        "--forward-authorization",
        "Let the caller's token reach the upstream, which can then use it elsewhere.",
        "flag",
        changes=True,
        ends=forwarding_ends,
    ),
    Field(
        "issuers",
        "--issuer",
        "An issuer it trusts.",
        metavar="NAME",
        many=True,
        shown=list,
        changes=True,
        ends=issuers_end,
    ),
    Field("resource_id"),
    Field("created_at"),
    Field(
        "timeout",
        "--timeout",
        "Seconds after which a call of its upstream is given up.",
        "whole",
        bounds=(1, 3600),
        default=30,
        changes=True,
        ends=fewer("Calls that its upstream takes more than {} s for get 504"),
    ),
    Field(
        "spike_per_second",
        "--spike-per-second",
        "Calls of one application in any second.",
        "whole",
        bounds=(1, 100_000),
        default=25,
        inside="limits",
        changes=True,
        ends=fewer("An application that makes more than {} calls in a second is refused"),
    ),
    Field(
        "concurrency",
        "--concurrency",
        "Calls of one application under way at once.",
        "whole",
        bounds=(1, 100_000),
        default=1000,
        inside="limits",
        changes=True,
        ends=fewer("An application that has more than {} calls under way is refused"),
    ),
    Field(
        "max_body",
        "--max-body",
        "The largest body of a call, in bytes.",
        "whole",
        bounds=(0, 1024**3),
        default=10 * 1024**2,
        inside="policy",
        changes=True,
        ends=fewer("Calls with a body of more than {} bytes get 413"),
    ),
)
