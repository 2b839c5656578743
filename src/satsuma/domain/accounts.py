"""Accounts, and the links sent by mail that confirm them, change their e-mail or reset their password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satsuma.domain.effects import Effect

Role = Literal["user", "developer", "operator", "sandbox"]
"""`sandbox` is the made-up person of somebody who tries the platform without an account."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person; `email` is in the one form of its mailbox; an older one may stand as it was taken then."""

    account_id: str
    email: str
    role: Role
    locale: str
    created_at: datetime
    confirmed_at: datetime | None = None
    password_hash: str | None = None
    blocked: bool = False

    @property
    def is_made_up(self) -> bool:
        """Whether nobody stands behind it but a browser that tries."""
        return self.role == "sandbox"


@dataclass(frozen=True, slots=True)
class CreateAccount(Effect):
    """Add an account; conflicts `account-exists` where the e-mail is taken, `address-held` where it is held.

    An address is held for an account while it may take a change of address back: no other account has it meanwhile.
    """

    account: Account


LinkPurpose = Literal["confirm", "reset", "email", "undo"]


@dataclass(frozen=True, slots=True)
class MailLink:
    """A link sent by mail, by the digest of its token: used once, within its time. `email` is where it was sent.

    With the `sid` of the session that asked for it, it lives no longer than that session. One that confirms or resets
    is good only while its address is the account's. `undo` takes a change of address back: it is sent to the address
    before, and outlives whatever ends the others, since who took an account over may do all of that.
    """

    digest: bytes
    purpose: LinkPurpose
    account_id: str
    email: str
    expires_at: datetime
    used_at: datetime | None = None
    sid: str | None = None


PASSWORD_TAIL = 67
"""How many characters of a password hash are its salt and its digest, with what parts them."""


@dataclass(frozen=True, slots=True)
class SetPassword(Effect):
    """Set an account's password hash, none where it is empty; its live links end. Conflicts `account-unknown`."""

    account_id: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class RenewPasswordHash(Effect):
    """Put another hash of the same password in the place of `expected`; conflicts `password-moved` where that is gone.

    Announces nothing: it is the same password.
    """

    account_id: str
    expected: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class ConfirmAccount(Effect):
    """Mark an account's e-mail as confirmed at `at`; conflicts `account-unknown`.

    Conflicts `address-held` where another account may take that address back.
    """

    account_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SetRole(Effect):
    """Give an account another role while it waits to be confirmed; conflicts `account-confirmed` where it does not."""

    account_id: str
    role: Role


@dataclass(frozen=True, slots=True)
class ChangeEmail(Effect):
    """Change an account's canonical e-mail; its live links end. Conflicts `email-moved` unless it still is `expected`.

    Conflicts `account-unknown`, `account-exists` where it is taken, `address-held` where another may take it back.
    Back at an address that may undo, nothing is left to undo: that live link ends too, and every later one of its kind.
    """

    account_id: str
    email: str
    expected: str


@dataclass(frozen=True, slots=True)
class SetLocale(Effect):
    """Set the language of an account's pages and mails; conflicts `account-unknown`."""

    account_id: str
    locale: str


ACCOUNT_DELETED = "account-deleted"
"""Why a grant was revoked whose account went."""


@dataclass(frozen=True, slots=True)
class DeleteAccount(Effect):
    """Remove an account with its sessions, consents, links, memberships and space; its id and subjects become tombs.

    A space that others are in goes on without it.

    Its grants end, and with them, remembered until `until`, every token made under them. Conflicts `account-unknown`,
    or `space-in-use` where its space still has applications that are not revoked, `last-owner` where one that others
    are in would have no owner left, `undo-live` while a change of its address can be taken back; with
    `only_unconfirmed`, `account-confirmed` where its e-mail has been confirmed.
    """

    account_id: str
    at: datetime
    until: datetime
    only_unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class SetBlocked(Effect):
    """Block an account and its grants, or let them go on; conflicts `account-unknown`.

    A block ends its live links, and the invitations to client spaces that it sent. Announces ("blocked", account_id).
    While it is blocked no session starts, no code is issued or used, and nothing is refreshed.
    """

    account_id: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class AddLink(Effect):
    """Add a link; earlier unused links of the same purpose and account end, but those that undo.

    They stay unless `ends_earlier`: a sign-up that anybody asked for ends no operator's invitation.

    One that undoes is added only where none of the account's lives; no conflict where one does. Who had the address
    before the first change can take it back, and who came to it by a change that can still be undone cannot.
    Conflicts `account-unknown`, and `session-ended` where the session that it names has ended.
    """

    link: MailLink
    ends_earlier: bool = True


@dataclass(frozen=True, slots=True)
class EndUndos(Effect):
    """End the live links that undo a change of address and end later than `later_than`: those of later changes.

    The earlier ones stay: whoever had the address first may take it back last. No conflict where there is none.
    """

    account_id: str
    later_than: datetime


@dataclass(frozen=True, slots=True)
class UseLink(Effect):
    """Mark a link as used; conflicts `link-used` unless it is unused and not past `at`.

    So it does where the session that asked for it has ended, and where its address is no longer the account's though it
    confirms or resets.
    """

    digest: bytes
    at: datetime
