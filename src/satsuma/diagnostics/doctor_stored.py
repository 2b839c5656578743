"""The doctor's look at what was stored before today's rules: it keeps working, and here is what mends it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from satsuma.diagnostics.doctor import DoctorFinding
from satsuma.domain.accounts import Account
from satsuma.domain.apis import Api
from satsuma.domain.applications import LOOSE_PKCE, Application
from satsuma.domain.issuers import PERSON_SCOPES
from satsuma.domain.redirect_uris import (
    BadAddress,
    canonical_web_origin,
    check_logout_uri,
    check_redirect_uri,
)
from satsuma.domain.scopes import is_reserved
from satsuma.domain.web_urls import BadUrl, parse_web_url, without_user
from satsuma.store.port import Reader, Store
from satsuma_client.protocol.scope import parse_scope

NAMED: Final = 50
"""How many are named one by one; of more the count is told."""
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class StoredNames:
    """What people and applications are known by, as it is stored."""

    emails: Sequence[str]
    applications: Sequence[Application]
    apis: Sequence[Api]


async def read_stored(store: Store) -> StoredNames:
    """Read the addresses of all accounts, all applications that are not revoked, and all APIs."""
    emails: list[str] = []
    after = ""
    while accounts := await store.read(_page_of_accounts(after)):
        after = accounts[-1].account_id
        emails += [
            account.email for account in accounts if "@" in account.email and not account.is_made_up
        ]
    applications: list[Application] = []
    while page := await store.read(_page_of_applications(applications)):
        applications += page
    apis = await store.read(lambda reader: reader.list_apis())
    return StoredNames(emails, [each for each in applications if each.state != "revoked"], apis)


def examine_stored(
    stored: StoredNames, canonical_email: Callable[[str], str | None]
) -> list[DoctorFinding]:
    """Find what today's rules would refuse, and what is now the same thing twice.

    `canonical_email` gives the one form of an address, None where it has none.
    """
    faults = [
        *check_emails(stored.emails, canonical_email),
        *(each for found in stored.applications for each in check_application(found)),
        *check_default_scopes(stored.applications, stored.apis),
        *(each for found in stored.apis for each in check_api(found)),
    ]
    loosened = islice(check_pkce(stored.applications), NAMED)
    if not faults:
        says = (
            "Each address, redirect URI, origin and scope that is stored is one that is taken today"
        )
        return [DoctorFinding("stored", "ok", says), *loosened]
    named = list(islice(faults, NAMED))
    if len(faults) > NAMED:
        says = f"{len(faults) - NAMED} more that today's rules would refuse are stored"
        named.append(DoctorFinding("stored", "warn", says, "satsuma server doctor"))
    return [*named, *loosened]


def check_emails(
    emails: Sequence[str], canonical_email: Callable[[str], str | None]
) -> Iterator[DoctorFinding]:
    """Find accounts whose address has another form today, none, or that of another account."""
    known = set(emails)
    for email in emails:
        form = canonical_email(email)
        if form == email:
            continue
        change = f"satsuma accounts change {shlex.quote(email)} --email"
        if form is None:
            says = f"{email!r} is the address of an account and no mailbox: it logs in, and letters do not reach it"
            yield _stored(says, f"{change} ADDRESS")
        elif form in known:
            says = f"{email!r} and {form!r} are one mailbox and two accounts: each logs in by its own spelling"
            yield _stored(says, f"{change} ADDRESS")
        else:
            yield _stored(f"{email!r} is stored in another form than today", f"{change} {form}")


def check_application(application: Application) -> Iterator[DoctorFinding]:
    """Find redirect URIs that would be refused, and origins that are not as browsers send them."""
    change = f"satsuma apps change {application.application_id}"
    for uri in application.redirect_uris:
        try:
            check_redirect_uri(uri)
        except BadAddress as problem:
            says = f"{application.name} has a redirect URI of the old kind: {problem}"
            yield _stored(says, f"{change} --remove-redirect-uri {shlex.quote(uri)}")
    for uri in application.post_logout_redirect_uris:
        try:
            check_logout_uri(uri)
        except BadAddress as problem:
            says = f"{application.name} has a logout address that is not taken today: {problem}"
            yield _stored(says, f"{change} --remove-logout-uri {shlex.quote(uri)}")
    for origin in application.web_origins:
        remove = f"{change} --remove-web-origin {shlex.quote(origin)}"
        try:
            form = canonical_web_origin(origin)
        except BadAddress as problem:
            says = f"{application.name} has a web origin that no browser sends: {problem}"
            yield _stored(says, remove)
            continue
        if form != origin:
            add = "" if form in application.web_origins else f" --add-web-origin {form}"
            says = (
                f"{application.name} has the web origin {origin!r}, which browsers send as {form!r}"
            )
            yield _stored(says, remove + add)


def check_default_scopes(
    applications: Iterable[Application], apis: Iterable[Api]
) -> Iterator[DoctorFinding]:
    """Find default scopes that nothing gives any more: a request without a scope gets the others."""
    given = {rule.scope for api in apis if api.life_cycle != "retired" for rule in api.scopes}
    given |= PERSON_SCOPES
    for application in applications:
        for scope in application.default_scopes:
            if scope not in given:
                says = f"{application.name} has the default scope {scope!r}, which no issuer and no live API gives"
                change = f"satsuma apps change {application.application_id} --remove-default-scope"
                yield _stored(says, f"{change} {shlex.quote(scope)}")


def check_pkce(applications: Iterable[Application]) -> Iterator[DoctorFinding]:
    """Name every application that may log in without PKCE where its issuer demands it."""
    for application in applications:
        if application.pkce in LOOSE_PKCE:
            mend = f"satsuma apps change {application.application_id} --pkce issuer"
            says = f"Loosened: {leaves_pkce_out(application)}"
            yield DoctorFinding("applications", "warn", says, mend)


def leaves_pkce_out(application: Application) -> str:
    """Say what it means that an application may leave PKCE out; a public client is not heard in this.

    Spec: RFC 9700 §2.1.1, §4.5.3.2.
    """
    if application.public:
        return f"{application.name} may not leave PKCE out, whatever it chose: it is public"
    if application.pkce == "optional":
        return (
            f"{application.name} may log people in without PKCE and without a nonce: a code that is stolen and "
            "injected is found by nobody"
        )
    return (
        f"{application.name} may log people in without PKCE, by a nonce that it alone can check: a code that is stolen "
        "and injected is found by it, or by nobody"
    )


def check_api(api: Api) -> Iterator[DoctorFinding]:
    """Find scopes that would be refused, and an upstream that is no address."""
    change = f"satsuma apis change {api.name}:{api.version}"
    for rule in api.scopes:
        if parse_scope(rule.scope) != (rule.scope,):
            says = f"{api.name} v{api.version} has {rule.scope!r}, which is not one scope token"
            yield _stored(says, f"{change} --remove-scope {shlex.quote(rule.scope)}")
        elif is_reserved(rule.scope):
            says = f"{api.name} v{api.version} has the scope {rule.scope!r}, which has a meaning of its own in a token"
            yield _stored(says, f"{change} --remove-scope {shlex.quote(rule.scope)}")
    try:
        parse_web_url(api.upstream)
    except BadUrl as problem:
        says = f"The upstream of {api.name} v{api.version} is of the old kind: {without_user(api.upstream)!r} {problem}"
        yield _stored(says, f"{change} --upstream URL")


def _stored(says: str, command: str) -> DoctorFinding:
    return DoctorFinding("stored", "warn", says, command)


def _page_of_accounts(after: str) -> Callable[[Reader], Sequence[Account]]:
    return lambda reader: reader.list_accounts(after, _PAGE)


def _page_of_applications(
    found: Sequence[Application],
) -> Callable[[Reader], Sequence[Application]]:
    after = found[-1].application_id if found else ""
    return lambda reader: reader.list_applications(None, after, _PAGE)
