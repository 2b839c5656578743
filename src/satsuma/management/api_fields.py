"""What is known of an API, each field declared once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, get_args

from satsuma.domain.api_names import is_api_name
from satsuma.domain.apis import Access
from satsuma.domain.built_in_client import OURS
from satsuma.domain.scopes import is_reserved
from satsuma.domain.web_urls import BadUrl, parse_web_url, without_user
from satsuma.management.fields import (
    BadValue,
    Field,
    check_description,
    check_scope_token,
    stored_description,
)
from satsuma.management.limit_fields import CONCURRENCY, RATES
from satsuma.management.stops import (
    fewer,
    forwarding_ends,
    issuers_end,
    sandbox_ends,
    scopes_end,
    upstream_ends,
)

_LONGEST_TITLE: Final = 200
_PREFIX: Final = re.compile(r"/|(?:/(?!\.{1,2}(?:/|$))[^/%;?#\\\s]+)+/?")


def _check_api_name(name: str) -> None:
    if not is_api_name(name):
        raise BadValue(
            "api-name",
            f"{name!r}: an API name is a-z, 0-9 and -, 2 to 41 long, and not reserved; a second segment may follow, "
            "such as userdetails/fr",
        )


def _check_version(version: int) -> None:
    if not 0 <= version <= 9999:
        raise BadValue("api-version", "A major version is 0 to 9999")


def canonical_upstream(upstream: str) -> str:
    """An upstream's address in one form, its host in A-labels, without a / at its end; raises BadValue."""
    try:
        url = parse_web_url(upstream)
    except BadUrl as problem:
        shown = without_user(upstream)
        says = f"{shown!r} is not an http or https address: it {problem}"
        raise BadValue("api-upstream", says) from None
    if "?" in upstream:
        raise BadValue("api-upstream", f"{upstream!r} has a query: each call brings its own")
    return url.origin + url.path.rstrip("/")


def _check_upstream(upstream: str) -> None:
    canonical_upstream(upstream)


def _check_scope(rule: Any) -> None:
    check_scope_token(rule.scope)
    if rule.scope.startswith(OURS):
        says = f"{rule.scope!r} begins with {OURS}, as the platform's own scopes do: give it another name"
        raise BadValue("scope-reserved", says)
    if is_reserved(rule.scope):
        says = f"{rule.scope!r} has a meaning of its own in a token: give the scope another name, such as poi.read"
        raise BadValue("scope-reserved", says)
    if not _PREFIX.fullmatch(rule.path_prefix) or not rule.path_prefix.isprintable():
        says = f"{rule.path_prefix!r} begins no path as rules read it: decoded, one / between, no . or .. and no ;"
        raise BadValue("scope-prefix", says)


def check_title(title: str) -> None:
    """Refuse a title that is empty, long or not to look at; raises BadValue."""
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


API: Final = (
    Field("api_id"),
    Field("name", check=_check_api_name),
    Field("version", "--version", None, "whole", bounds=(0, 9999), default=1, check=_check_version),
    Field("title", "--title", "What people call it.", check=check_title, changes=True),
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
        "An issuer it trusts; default is the standard one alone.",
        metavar="NAME",
        many=True,
        shown=list,
        changes=True,
        ends=issuers_end,
    ),
    Field(
        "access",
        "--access",
        "How an application's owner comes to it: at once, after a decision, or not by asking.",
        "choice",
        choices=get_args(Access),
        default="approval",
        changes=True,
    ),
    Field(
        "description",
        "--description",
        "What it is, in one line, for developers.",
        default="",
        check=check_description,
        form=stored_description,
        changes=True,
    ),
    Field(
        "sandbox",
        "--sandbox",
        "Let whoever tries the platform without an account call it, for a day.",
        "flag",
        changes=True,
        ends=sandbox_ends,
    ),
    Field(
        "openapi",
        "--openapi",
        "The OpenAPI 3 document that its reference is made of, as JSON or YAML.",
        "document",
        "FILE",
        default="",
        changes=True,
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
    *RATES,
    CONCURRENCY,
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
