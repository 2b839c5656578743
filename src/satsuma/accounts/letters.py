"""Letters: what a person is told by mail, decided after the answer was given.

A page that takes an address does one thing whoever has it: it enqueues a wish, sealed. The wish is looked into later,
away from the answer, so that neither its words nor its time say whether the address is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol, cast, get_args

from satsuma.accounts.context import AccountContext
from satsuma.accounts.emails import find_by_email, find_held, masked_email, one_form, strict_form
from satsuma.domain.accounts import (
    Account,
    AddLink,
    CreateAccount,
    LinkPurpose,
    MailLink,
    Role,
    SetLocale,
    SetRole,
)
from satsuma.domain.effects import Effect
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.domain.work import Enqueue, Work
from satsuma.keys.randomness import public_id, url_safe
from satsuma.keys.vault import Vault
from satsuma.outbox.mail import LETTER, Mail, enqueue, open_body, put_mail
from satsuma.store.port import Reader

LetterRequest = Literal["sign-up", "invite", "reset", "email"]
Notice = Literal["email-changed", "email-restored", "password-changed", "deleted"]
LetterKind = Literal[
    "confirm",
    "invite",
    "known",
    "reset",
    "nobody",
    "held",
    "email",
    "email-taken",
    "email-changed",
    "email-changed-again",
    "email-restored",
    "password-changed",
    "deleted",
    "space",
]
_NOTICES: Final = get_args(Notice)
_REQUESTS: Final = get_args(LetterRequest)
_SPACE: Final = "space"
"""The wish for the letter of an invitation to a client space."""


class Compose(Protocol):
    """Writes a letter in a language: subject, text, HTML. `token` makes its link, where it has one.

    `account` and `at` say who asked for it and when, where somebody did who was logged in.
    """

    def __call__(
        self,
        kind: LetterKind,
        locale: str,
        to: str,
        token: str = "",
        account: str = "",
        at: str = "",
    ) -> tuple[str, str, str]:
        """Subject, text and HTML."""


def request_letter(
    accounts: AccountContext, what: LetterRequest, email: str, locale: str, **more: str
) -> Enqueue:
    """The effect that asks for a letter."""
    body: dict[str, object] = {"what": what, "email": email, "locale": locale, **more}
    return enqueue(accounts.vault, LETTER, body, accounts.clock())


@dataclass(frozen=True, slots=True)
class Letters:
    """Looks into wishes and writes the letters."""

    accounts: AccountContext
    compose: Compose

    async def __call__(self, work: Work) -> Sequence[Effect]:
        """The effects of one wish: a link where there is one, and the mail.

        Raises LookupError for one that only a newer release knows: it comes due again, for a node of that release.
        """
        body = {name: str(value) for name, value in open_body(self.accounts.vault, work).items()}
        what, email = body["what"], body["email"]
        if what in _NOTICES:
            return (await self._notice(cast(Notice, what), body),)
        if what == _SPACE:
            return await self._space(body)
        if what not in _REQUESTS:
            raise LookupError(f"no letter is called {what!r} here")

        account_id, sid = body.get("account", ""), body.get("session", "")
        now = self.accounts.clock()

        def look(reader: Reader) -> _Seen:
            sessions = reader.list_sessions(account_id) if account_id else ()
            is_there = any(session.sid == sid for session in sessions)
            asking = reader.find_account(account_id) if is_there else None
            is_held = find_held(reader, email, account_id, now) is not None
            return _Seen(look_for_waiting(reader, email), asking, is_held)

        seen = await self.accounts.store.read(look)
        known = seen.waiting.account
        if known is not None and known.is_made_up:
            return ()
        # Nothing is sent to what is neither the address of an account nor one in the strict form.
        to = strict_form(email) or ("" if known is None else known.email)
        counted = to if known is None else one_form(known.email)
        if not to or not await self.accounts.attempts.may_write_to(counted, what):
            return ()
        body["email"] = to
        if seen.is_held and (known is None or known.confirmed_at is None):
            return (self.mail("held", to, body["locale"]),)
        if what == "reset":
            return self._reset(known, body)
        if what == "email":
            return self._email(known, seen.asking, body)
        return self._sign_up(seen.waiting, body)

    async def _notice(self, what: Notice, body: dict[str, str]) -> Effect:
        """Tell of a change, with the link that undoes it where that was added and still lives."""
        kind: LetterKind = what
        token = body.get("token", "")
        if token and not await self._lives(token):
            kind, token = "email-changed-again", ""
        return self.mail(kind, body["email"], body["locale"], token)

    async def _space(self, body: dict[str, str]) -> Sequence[Effect]:
        """Bring an invitation to a client space, in the language of the account that has the address.

        No letter where it was withdrawn or sent anew meanwhile, or where that account is made up or blocked.
        """
        digest, email = self.accounts.links(body["token"]), body["email"]

        def look(reader: Reader) -> tuple[bool, Account | None]:
            found = reader.find_invitation(digest)
            waits = found is not None and found.waits(self.accounts.clock())
            return waits, find_by_email(reader, email)

        waits, known = await self.accounts.store.read(look)
        if not waits or (known is not None and (known.is_made_up or known.blocked)):
            return ()
        is_there = known is not None and known.confirmed_at is not None
        locale = known.locale if known is not None and is_there else body["locale"]
        return (self.mail("space", email, locale, body["token"], body["by"]),)

    async def _lives(self, token: str) -> bool:
        digest = self.accounts.links(token)
        link = await self.accounts.store.read(lambda reader: reader.find_link(digest))
        is_unused = link is not None and link.used_at is None
        return link is not None and is_unused and link.expires_at > self.accounts.clock()

    def _sign_up(self, waiting: Waiting, body: dict[str, str]) -> Sequence[Effect]:
        """Ask for confirmation; who has an account is told so instead."""
        known, is_invited = waiting.account, body["what"] == "invite"
        if known is not None and known.confirmed_at is not None:
            return (self.mail("known", known.email, known.locale),)
        role = cast(Role, body.get("role", "user"))
        make = invited_account if is_invited else unconfirmed_account
        account, effects = make(self.accounts, waiting, body["email"], role, body["locale"])
        kind: LetterKind = "invite" if is_invited else "confirm"
        return (*effects, *self._linked("confirm", kind, account, account.email, body))

    def _reset(self, known: Account | None, body: dict[str, str]) -> Sequence[Effect]:
        """Send the link; an address without an account is told that it has none."""
        if known is None or known.blocked:
            return (self.mail("nobody", body["email"], body["locale"]),)
        if known.confirmed_at is None:
            return self._linked("confirm", "confirm", known, known.email, body)
        return self._linked("reset", "reset", known, known.email, body)

    def _email(
        self, known: Account | None, asking: Account | None, body: dict[str, str]
    ) -> Sequence[Effect]:
        """Ask the new address to confirm, while the session lives that wants it; one that has an account is told so.

        An account that nobody confirmed is none: whoever confirms the change has the mailbox, and it gives way.
        """
        if asking is None:
            return ()
        if known is not None and known.confirmed_at is not None:
            return (self.mail("email-taken", known.email, known.locale),)
        return self._linked("email", "email", asking, body["email"], body)

    def _linked(
        self,
        purpose: LinkPurpose,
        kind: LetterKind,
        account: Account,
        to: str,
        body: dict[str, str],
    ) -> tuple[Effect, Effect]:
        """A new link, used once and for this purpose alone, and the mail that brings it.

        It ends the earlier ones, but for the link of a sign-up: anybody may ask for that by any address, and an
        operator's invitation is of the same purpose.
        """
        policy = self.accounts.policy
        life = policy.invitation_life if kind == "invite" else policy.link_life
        token, added = new_link(self.accounts, purpose, account, to, life, body.get("session"))
        asking = (masked_email(account.email), self._moment(body)) if kind == "email" else ("", "")
        mail = self.mail(kind, to, account.locale, token, *asking)
        return replace(added, ends_earlier=kind != "confirm"), mail

    def _moment(self, body: dict[str, str]) -> str:
        """When it was asked for; a request that an earlier release wrote does not say it."""
        at = datetime.fromisoformat(body["at"]) if "at" in body else self.accounts.clock()
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

    def mail(
        self,
        kind: LetterKind,
        to: str,
        locale: str,
        token: str = "",
        account: str = "",
        at: str = "",
    ) -> Enqueue:
        """The effect that sends a letter.

        It carries no authorization request: who asked for it may be somebody else than who reads it.
        """
        subject, text, html = self.compose(kind, locale, to, token, account, at)
        mail = Mail(public_id("wrk", self.accounts.vault.draw), to, subject, text, html)
        return put_mail(self.accounts.vault, mail, self.accounts.clock())


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who has an address already, perhaps only waiting for it to be confirmed, and whether with a client space."""

    account: Account | None = None
    has_space: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    waiting: Waiting
    asking: Account | None
    is_held: bool


def look_for_waiting(reader: Reader, email: str) -> Waiting:
    """Look who has an address."""
    found = find_by_email(reader, email)
    if found is None:
        return Waiting()
    return Waiting(found, reader.find_space_of(found.account_id) is not None)


def invited_account(
    accounts: AccountContext, waiting: Waiting, email: str, role: Role, locale: str
) -> tuple[Account, list[Effect]]:
    """The account of whom an operator invites; one that waits already becomes what the invitation says."""
    known = waiting.account
    if known is None:
        return unconfirmed_account(accounts, waiting, email, role, locale)
    effects: list[Effect] = [SetRole(known.account_id, role), SetLocale(known.account_id, locale)]
    if role != "user" and not waiting.has_space:
        effects.append(_space(accounts, known))
    return replace(known, role=role, locale=locale), effects


def _space(accounts: AccountContext, account: Account) -> CreateSpace:
    space_id = public_id("spc", accounts.vault.draw)
    return CreateSpace(Space(space_id, account.account_id, accounts.clock()))


def unconfirmed_account(
    accounts: AccountContext, waiting: Waiting, email: str, role: Role, locale: str
) -> tuple[Account, list[Effect]]:
    """The account that waits for its address to be confirmed, and what makes it where there is none.

    Who is more than a user gets a client space with it.
    """
    if waiting.account is not None:
        return waiting.account, []
    now = accounts.clock()
    account = Account(public_id("acc", accounts.vault.draw), email, role, locale, now)
    effects: list[Effect] = [CreateAccount(account)]
    if role != "user":
        effects.append(_space(accounts, account))
    return account, [*effects, accounts.audit(account.account_id, "account.sign-up", role=role)]


def new_link(
    accounts: AccountContext,
    purpose: LinkPurpose,
    account: Account,
    to: str,
    life: timedelta,
    sid: str | None = None,
) -> tuple[str, AddLink]:
    """The token of a new link, and the effect that adds it; it lives no longer than the session `sid`."""
    token = url_safe(32, accounts.vault.draw)
    digest, ends = accounts.links(token), accounts.clock() + life
    return token, AddLink(MailLink(digest, purpose, account.account_id, to, ends, sid=sid))


def space_letter(vault: Vault, now: datetime, to: str, locale: str, by: str, token: str) -> Enqueue:
    """The effect that asks for the letter of an invitation to a client space; `by` is who invites."""
    body: dict[str, object] = {"what": _SPACE, "email": to, "locale": locale, "by": by}
    return enqueue(vault, LETTER, {**body, "token": token}, now)


def notice(
    accounts: AccountContext, what: Notice, to: str, locale: str, token: str = ""
) -> Enqueue:
    """The effect that tells a person of a change to the account; `token` is of a link that undoes it."""
    body: dict[str, object] = {"what": what, "email": to, "locale": locale, "token": token}
    return enqueue(accounts.vault, LETTER, body, accounts.clock())
