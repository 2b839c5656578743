"""The letters in words: each a few sentences and at most one link."""

from __future__ import annotations

from typing import Final, NamedTuple

from satsuma.accounts.letters import LetterKind
from satsuma.web.languages import N_, translate
from satsuma.web.pages import render


class _Letter(NamedTuple):
    subject: str
    lines: tuple[str, ...]
    label: str = ""
    path: str = ""


_HALF_AN_HOUR: Final = N_("The link works once, for 30 minutes.")
_THREE_DAYS: Final = N_("The link works once, for three days.")
_NOT_YOU: Final = N_("If this was not you, ignore this e-mail: nothing happens without the link.")
_ACT: Final = N_("If this was not you, set a new password now with the link below.")
_LETTERS: Final[dict[LetterKind, _Letter]] = {
    "confirm": _Letter(
        N_("Confirm your e-mail address"),
        (
            N_("Somebody, probably you, signed up with this address."),
            N_("Confirm it and choose your password:"),
            _HALF_AN_HOUR,
            _NOT_YOU,
        ),
        N_("Confirm the address"),
        "/confirm/",
    ),
    "invite": _Letter(
        N_("You are invited"),
        (N_("An account was created for you. Choose a password to use it:"), _THREE_DAYS),
        N_("Choose a password"),
        "/confirm/",
    ),
    "space": _Letter(
        N_("You are invited to a client space"),
        (
            N_("%(account)s invites you to work on the applications of a client space."),
            N_("Log in with this address, or sign up with it first, and accept:"),
            N_("The link works once, for seven days, and only with an account of this address."),
            N_("If you do not know who this is, do nothing: without you nothing happens."),
        ),
        N_("Look at the invitation"),
        "/myapps/join/",
    ),
    "known": _Letter(
        N_("You already have an account"),
        (
            N_("Somebody, probably you, signed up with this address. It already has an account."),
            N_("Log in with it, or set a new password if you have forgotten yours:"),
        ),
        N_("Log in"),
        "/login",
    ),
    "reset": _Letter(
        N_("Set a new password"),
        (
            N_("Somebody, probably you, forgot the password of your account."),
            N_("Set a new one:"),
            _HALF_AN_HOUR,
            _NOT_YOU,
        ),
        N_("Set a new password"),
        "/reset/",
    ),
    "nobody": _Letter(
        N_("This address has no account"),
        (
            N_("Somebody, probably you, asked for a new password for this address."),
            N_("No account uses it. You may have signed up with another address."),
        ),
    ),
    "held": _Letter(
        N_("This address is kept for an account"),
        (
            N_("Somebody, probably you, wanted to use this address."),
            N_(
                "It was the address of an account until a few days ago. For seven days its owner can undo that, with "
                "the link in the e-mail about the change; until then no other account can use it."
            ),
            N_(
                "If you did not change it, use that link now. If you did, try again after these days."
            ),
        ),
    ),
    "email": _Letter(
        N_("Confirm your new e-mail address"),
        (
            N_("The account %(account)s asked for this address, on %(at)s."),
            N_("If it is yours, log in to it and confirm the address:"),
            _HALF_AN_HOUR,
            N_("If it is not yours, do nothing: without a login to that account nothing happens."),
        ),
        N_("Confirm the address"),
        "/account/email/",
    ),
    "email-taken": _Letter(
        N_("You already have an account"),
        (
            N_("Somebody, probably you, wanted this address for another account."),
            N_("It already has an account, so nothing was changed."),
        ),
    ),
    "email-changed": _Letter(
        N_("The e-mail address of your account was changed"),
        (
            N_("Your account now has another address instead of this one."),
            N_("If this was not you, undo it: that ends every session and every access."),
            N_("The link works once, for seven days."),
        ),
        N_("Undo the change"),
        "/account/undo/",
    ),
    "email-changed-again": _Letter(
        N_("The e-mail address of your account was changed"),
        (
            N_("Your account now has another address instead of this one."),
            N_("It had been changed before, and only who had it before that can take it back."),
            N_("If this was not you, write to whoever runs this service at once."),
        ),
    ),
    "email-restored": _Letter(
        N_("The change of your e-mail address was undone"),
        (
            N_("The account has its earlier address again instead of this one."),
            N_("If this was not you, write to whoever runs this service at once."),
        ),
    ),
    "password-changed": _Letter(
        N_("Your password was changed"),
        (N_("Every other session was ended."), _ACT),
        N_("Set a new password"),
        "/reset",
    ),
    "deleted": _Letter(
        N_("Your account was deleted"),
        (N_("Applications have lost the access you gave them. This cannot be undone."),),
    ),
}


class Composer:
    """Writes letters with links to our pages."""

    def __init__(self, pages_url: str) -> None:
        """Link to `pages_url`."""
        self._pages_url = pages_url

    def __call__(
        self,
        kind: LetterKind,
        locale: str,
        to: str,
        token: str = "",
        account: str = "",
        at: str = "",
    ) -> tuple[str, str, str]:
        """Subject, text and HTML of a letter in a language."""
        letter = _LETTERS[kind]
        values = {
            "subject": letter.subject,
            "lines": letter.lines,
            "label": letter.label,
            "link": f"{self._pages_url}{letter.path}{token}" if letter.path else "",
            "to": to,
            "who": {"account": account, "at": at},
            "pages_url": self._pages_url,
        }
        text = render("mail.txt", locale, **values)
        return translate(locale, letter.subject), text, render("mail.html", locale, **values)
