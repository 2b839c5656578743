"""A field that is declared once: option, sentence, rule, form; and what is known of an application.

The command line makes its options from here and its JSON; so will the admin API and the portal's forms. It imports the
rules alone, so that a command's `--help` stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from satsuma.domain.applications import LOOSE_PKCE, AccessTokenFormat, Application, PkceDemand
from satsuma.domain.display_names import (
    LONGEST,
    LONGEST_DESCRIPTION,
    canonical_description,
    canonical_name,
)
from satsuma.domain.redirect_uris import (
    BadAddress,
    canonical_web_origin,
    check_logout_uri,
    check_redirect_uri,
    check_web_origin,
)
from satsuma.domain.web_urls import BadUrl, parse_web_url
from satsuma.management.stops import (
    access_token_algorithm_ends,
    access_token_format_ends,
    algorithm_ends,
    default_scopes_end,
    gone,
    pkce_ends,
    redirect_uris_end,
    web_origins_end,
)
from satsuma_client.protocol.names import ACCESS_TOKEN_ALGORITHMS, ID_TOKEN_ALGORITHMS
from satsuma_client.protocol.scope import parse_scope

Kind = Literal["text", "whole", "quota", "flag", "choice", "scope", "scope-text", "document"]


class BadValue(Exception):
    """A value cannot be taken; `slug` is stable, the text is for a person to read."""

    def __init__(self, slug: str, says: str) -> None:
        super().__init__(says)
        self.slug = slug


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
    `inside` is the member of the fact that holds it, empty for the fact itself; `seconds` the window of one of its
    quotas, 0 for none. `changes` where it may be changed
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
    seconds: int = 0
    changes: bool = False
    key: Callable[[Any], str] = str
    ends: Callable[[Any, Any], Iterable[str]] = _nothing

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name.replace("_", " ")

    @property
    def is_number(self) -> bool:
        """Whether its values are whole numbers; a quota of 0 is none."""
        return self.kind in ("whole", "quota")

    def of(self, fact: object) -> Any:
        """Its value in a fact."""
        part: Any = getattr(fact, self.inside) if self.inside else fact
        return part.quota(self.seconds) if self.seconds else getattr(part, self.name)


def check_fields(fields: Iterable[Field], **given: Any) -> None:
    """Judge what is given, in the order of the fields; raises BadValue."""
    for field in fields:
        value = given.get(field.name)
        values = (value or ()) if field.many else (value,)
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
    if field.choices and value not in field.choices:
        says = f"{field.label} is one of {', '.join(field.choices)}, not {value!r}"
        raise BadValue("choice-unknown", says)
    if field.is_number and not field.bounds[0] <= value <= field.bounds[1]:
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


def stored_description(text: str) -> str:
    """What an application says of itself, as it is stored; raises BadValue."""
    canonical = canonical_description(text)
    if canonical is None:
        says = f"A description has at most {LONGEST_DESCRIPTION} printable characters, in one line"
        raise BadValue("description-malformed", says)
    return canonical


def check_description(text: str) -> None:
    """Refuse what is no description; raises BadValue."""
    stored_description(text)


def check_scope_token(scope: str) -> None:
    """Refuse what is not one scope; raises BadValue."""
    if parse_scope(scope) != (scope,):
        raise BadValue("scope-malformed", f"{scope!r} is not one scope token")


def check_application(application: Application) -> None:
    """Judge what stands in two fields of an application together: a public client always uses PKCE; raises BadValue.

    Spec: RFC 9700 §2.1.1.
    """
    if application.public and application.pkce in LOOSE_PKCE:
        says = f"{application.name} is public: who steals its code needs no secret, so PKCE is always demanded"
        raise BadValue("pkce-of-public", says)


def _check_site(url: str) -> None:
    if not url:
        return
    try:
        is_https = parse_web_url(url).scheme == "https"
    except BadUrl as problem:
        raise BadValue("site-malformed", f"{url!r} is not an https address: it {problem}") from None
    if not is_https:
        raise BadValue("site-malformed", f"{url!r} is not an https address")


def stored_publisher(name: str) -> str:
    """A publisher's name as it is stored; raises BadValue."""
    return stored_name(name) if name.strip() else ""


def _check_publisher(name: str) -> None:
    stored_publisher(name)


def _check_algorithm(alg: str) -> None:
    if alg not in ID_TOKEN_ALGORITHMS:
        names = ", ".join(ID_TOKEN_ALGORITHMS)
        raise BadValue("id-token-alg-unknown", f"{alg!r} is not one of {names}")


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
    Field(
        "description",
        "--description",
        "What it is, in one line, for its owner and the operator; users do not see it.",
        default="",
        check=check_description,
        form=stored_description,
        changes=True,
    ),
    Field(
        "default_scopes",
        "--default-scope",
        "What a request without a scope asks for.",
        metavar="SCOPE",
        many=True,
        check=check_scope_token,
        shown=list,
        changes=True,
        ends=default_scopes_end,
    ),
    Field(
        "pkce",
        "--pkce",
        "Whether it must use PKCE: as each issuer has it, always, it or a nonce with openid, or not at all; the last "
        "two of confidential ones only.",
        "choice",
        choices=get_args(PkceDemand),
        default="issuer",
        changes=True,
        ends=pkce_ends,
    ),
    Field(
        "access_token_format",
        "--access-token-format",
        "What its access tokens are: as each issuer makes them, opaque, or JWTs of RFC 9068.",
        "choice",
        choices=get_args(AccessTokenFormat),
        default="issuer",
        changes=True,
        ends=access_token_format_ends,
    ),
    Field(
        "access_token_signing_alg",
        "--access-token-alg",
        "What its access tokens are signed with, where they are JWTs.",
        "choice",
        choices=("issuer", *ACCESS_TOKEN_ALGORITHMS),
        default="issuer",
        changes=True,
        ends=access_token_algorithm_ends,
    ),
    Field(
        "post_logout_redirect_uris",
        "--logout-uri",
        "Where a browser may go after a logout; without any, to its redirect URIs.",
        metavar="URI",
        many=True,
        check=check_logout_uri,
        shown=list,
        changes=True,
    ),
    Field(
        "publisher",
        "--publisher",
        "Who stands behind it, shown to people who are asked for access.",
        default="",
        check=_check_publisher,
        form=stored_publisher,
        changes=True,
    ),
    Field(
        "client_uri",
        "--client-uri",
        "The publisher's site.",
        metavar="URL",
        default="",
        check=_check_site,
        changes=True,
    ),
    Field(
        "policy_uri",
        "--policy-uri",
        "Its privacy policy.",
        metavar="URL",
        default="",
        check=_check_site,
        changes=True,
    ),
    Field(
        "publisher_confirmed",
        "--publisher-confirmed",
        "That the operator knows the publisher; ends with another name or site.",
        "flag",
        changes=True,
    ),
)
