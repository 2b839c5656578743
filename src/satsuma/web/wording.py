"""Why something was not done, in a person's words."""

from __future__ import annotations

from math import ceil
from typing import Final

from starlette.requests import Request

from satsuma.accounts.context import Declined
from satsuma.accounts.passwords import LONGEST, SHORTEST, BadPassword
from satsuma.web.languages import N_, say

WRONG: Final = N_("The e-mail or the password is wrong.")
STALE: Final = N_("This page was open for too long, or in another browser. Please try again.")
BUSY: Final = N_("The service is busy. Please try again in a few seconds.")
NO_ADDRESS: Final = N_("Please enter an e-mail address, such as name@example.com.")
_PASSWORD: Final = {
    "password-short": N_("Please use at least %(least)s characters."),
    "password-long": N_("Please use at most %(most)s characters."),
    "password-has-email": N_("Please choose a password that does not contain your e-mail address."),
    "password-weak": N_("This password is easy to guess."),
}
_DECLINED: Final = {
    "login-wrong": WRONG,
    "sign-up-closed": N_("Sign-up is not open here."),
    "space-in-use": N_("Your client space still has applications. Delete them first."),
    "last-owner": N_(
        "You are the last owner of a client space that other people are in. Make one of them an owner, or take them "
        "out, first."
    ),
    "account-exists": N_("This address already has an account."),
    "address-held": N_(
        "This address belonged to another account, and that change can still be undone: for seven days no other "
        "account can use it."
    ),
    "undo-live": N_(
        "The address of this account was changed less than seven days ago. Until then the change can be undone, and "
        "the account cannot be deleted."
    ),
    "email-moved": N_(
        "The address of the account was changed at the same moment. Check it, then try again."
    ),
    "account-blocked": N_(
        "This account is blocked, so nothing about it can be changed now. Write to whoever runs this service."
    ),
    "account-unknown": N_("This account is no longer there."),
    "session-ended": N_("The login that asked for it has ended. Please ask again."),
    "link-unknown": N_("We do not recognise this link. It may be incomplete, or very old."),
    "link-used": N_(
        "It was already used, or another change of the account ended it, or a newer one was sent."
    ),
    "link-past": N_("It has expired."),
    "link-of-session": N_("The login that asked for it has ended."),
    "link-of-address": N_("Its address is no longer the account’s."),
    "session-unknown": N_("That session had already ended."),
    "nothing-granted": N_("This application no longer has access."),
}
# What the estimate of strength suggests, so that it can be said in every language.
HINTS: Final = (
    N_("Use a few words, avoid common phrases."),
    N_("No need for symbols, digits, or uppercase letters."),
    N_("Add another word or two. Uncommon words are better."),
    N_("Straight rows of keys are easy to guess."),
    N_("Short keyboard patterns are easy to guess."),
    N_("Use a longer keyboard pattern with more turns."),
    N_('Repeats like "aaa" are easy to guess.'),
    N_('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
    N_("Avoid repeated words and characters."),
    N_('Sequences like "abc" or "6543" are easy to guess.'),
    N_("Avoid sequences."),
    N_("Recent years are easy to guess."),
    N_("Avoid recent years."),
    N_("Avoid years that are associated with you."),
    N_("Dates are often easy to guess."),
    N_("Avoid dates and years that are associated with you."),
    N_("This is a top-10 common password."),
    N_("This is a top-100 common password."),
    N_("This is a very common password."),
    N_("This is similar to a commonly used password."),
    N_("A word by itself is easy to guess."),
    N_("Names and surnames by themselves are easy to guess."),
    N_("Common names and surnames are easy to guess."),
    N_("Capitalization doesn't help very much."),
    N_("All-uppercase is almost as easy to guess as all-lowercase."),
    N_("Reversed words aren't much harder to guess."),
    N_("Predictable substitutions like '@' instead of 'a' don't help very much."),
)


def why_not_password(request: Request, refused: BadPassword) -> str:
    """Say why a password is not taken, with the hints of the estimate."""
    fields = {"least": SHORTEST, "most": LONGEST}
    says = [say(request, _PASSWORD[refused.slug], fields)]
    return " ".join(says + [say(request, hint) for hint in refused.hints])


def why_declined(request: Request, declined: Declined) -> str:
    """Say why an operation is not done."""
    if declined.wait:
        return too_often(request, ceil(declined.wait))
    return say(request, _DECLINED[declined.slug])


def too_often(request: Request, seconds: int) -> str:
    """Say when the next try is let through."""
    if seconds < 120:
        text, n = N_("Too many tries. Please try again in %(n)s seconds."), seconds
    else:
        text, n = N_("Too many tries. Please try again in %(n)s minutes."), ceil(seconds / 60)
    return say(request, text, {"n": n})
