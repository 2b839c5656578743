"""E-mail addresses: the one form by which accounts are told apart, and the forms that were stored before it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from satsuma.domain.accounts import Account, MailLink
from satsuma.domain.mailboxes import split_mailbox
from satsuma.store.port import Reader

MADE_UP: Final = "sandbox.invalid"
"""The domain of made-up people: nobody has a mailbox there, or signs up with one."""
_LONGEST = 254
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
_WRITTEN = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f.]+(?:\.[^\s@\x00-\x1f.]+)*\Z")


class BadEmail(Exception):
    """A text is no e-mail address; it says so, for a person to read."""


def canonical_email(text: str) -> str:
    """The one form of an e-mail address: one mailbox that any relay can carry, or BadEmail.

    Trimmed, NFKC, lower case; a dot-atom before the `@`, two labels or more behind it, in A-labels. No comment, group,
    list, quoted or encoded word, no control or format character, so what is stored is what a mailer is told.

    Spec: RFC 5321 §2.3.11, §4.1.2; RFC 5890 §2.3.2.1; RFC 6531 §3.2.
    """
    from email_validator import EmailNotValidError

    written = as_written(text)
    _check_seen(text)
    try:
        local, domain, _ = _parts(written)
    except EmailNotValidError as problem:
        raise BadEmail(f"{text[:80]!r} is not an e-mail address: {problem}") from None
    if domain == MADE_UP:
        raise BadEmail(f"{text[:80]!r} is nobody's: addresses there are made up")
    return f"{local}@{domain}"


def as_written(text: str) -> str:
    """What was typed, trimmed, NFKC and in lower case: the form of a look-up, which finds what is stored; or BadEmail.

    It takes whatever was taken once, so that who signed up by an address of that kind can still log in.
    """
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if len(email) > _LONGEST or not _WRITTEN.match(email):
        raise BadEmail(f"{text[:80]!r} is not an e-mail address")
    return email


def reachable_email(text: str) -> str:
    """What was typed, as it is looked up, where it is one bare mailbox: in the one form or as one was stored before it.

    BadEmail for all else, whoever has an account: no name beside the address, no character that cannot be seen.
    """
    email = as_written(text)
    _check_seen(text)
    if split_mailbox(email) is None:
        raise BadEmail(f"{text[:80]!r} is not an e-mail address")
    return email


def strict_form(email: str) -> str:
    """The canonical form; empty where it has none."""
    try:
        return canonical_email(email)
    except BadEmail:
        return ""


def one_form(email: str) -> str:
    """The canonical form, or the text itself where it has none: what attempts are counted by."""
    return strict_form(email) or email


def find_by_email(reader: Reader, email: str) -> Account | None:
    """Find the account of an address: by the very text that is stored, or by what its canonical form was stored as."""
    for form in _forms(email):
        account = reader.find_account_by_email(form)
        if account is not None:
            return account
    return None


def find_held(reader: Reader, email: str, account_id: str, now: datetime) -> MailLink | None:
    """Find the link by which another account than this one may take an address back, by any form of the address."""
    for form in _forms(email):
        link = reader.find_undo(form, now)
        if link is not None and link.account_id != account_id:
            return link
    return None


def masked_email(email: str) -> str:
    """An address as it is told to who may not know it: its first character and its domain."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}•••@{domain}"


def shown_email(email: str) -> str:
    """An address as a person reads it: its domain in U-labels.

    Spec: RFC 5890 §2.3.2.1.
    """
    from email_validator import EmailNotValidError

    if "xn--" not in email:
        return email
    try:
        local, _, domain = _parts(email)
    except EmailNotValidError:
        return email
    return f"{local}@{domain}"


def _forms(email: str) -> Iterator[str]:
    canonical = strict_form(email)
    more = (canonical, shown_email(canonical)) if canonical else ()
    yield from dict.fromkeys((email, *more))


def _check_seen(text: str) -> None:
    if any(unicodedata.category(character) in _UNSEEN for character in text.strip()):
        raise BadEmail(f"{text[:80]!r} has a character that cannot be seen")


def _parts(email: str) -> tuple[str, str, str]:
    """The local part, the domain in A-labels and in U-labels; raises EmailNotValidError."""
    import email_validator

    # Which names the world does not resolve is no syntax: a company's own domain may be one.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    found = email_validator.validate_email(email, check_deliverability=False, allow_smtputf8=False)
    if "=?" in found.local_part:
        raise email_validator.EmailSyntaxError("It has an encoded word before the @.")
    return found.local_part, found.ascii_domain, found.domain
