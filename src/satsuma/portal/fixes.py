"""What its owner can fix of a refused request with one click: what is compared, and the button that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from satsuma.domain.apis import Api
from satsuma.domain.redirect_uris import BadAddress, check_redirect_uri
from satsuma.management.application_changes import change_application
from satsuma.management.context import ManagementContext
from satsuma.management.edits import Edit
from satsuma.management.subscriptions import ask_subscription

_UNSUBSCRIBED: Final = frozenset({"not-subscribed", "subscription-revoked", "subscription-refused"})


@dataclass(frozen=True, slots=True)
class Compared:
    """Two addresses: what they begin with alike, and what follows in each."""

    same: str
    sent: str
    wanted: str
    character: int


@dataclass(frozen=True, slots=True)
class Fix:
    """What a click does: `register` an address, or `subscribe` to an API; `widens` says that it lets more through."""

    kind: str
    value: str
    widens: bool


def compared_of(slug: str, detail: Mapping[str, Any]) -> Compared | None:
    """The comparison of a redirect URI with the registered one that is most like it; None of other refusals."""
    sent, wanted = detail.get("redirect_uri"), detail.get("registered")
    character = detail.get("character")
    if slug != "redirect-uri-unregistered" or not sent or not wanted or not character:
        return None
    at = min(int(character) - 1, len(sent), len(wanted))
    return Compared(str(sent)[:at], str(sent)[at:], str(wanted)[at:], int(character))


def fix_of(slug: str, detail: Mapping[str, Any], apis: Mapping[str, Api]) -> Fix | None:
    """The fix that a click makes; None where a person must act elsewhere."""
    sent = str(detail.get("redirect_uri", ""))
    if slug == "redirect-uri-unregistered" and sent and not sent.endswith("…"):
        return Fix("register", sent, True) if _may_be_registered(sent) else None
    if slug in _UNSUBSCRIBED:
        address = str(detail.get("address", ""))
        api = next((a for a in apis.values() if f"{a.name}/v{a.version}" == address), None)
        if api is not None and api.access != "private" and api.life_cycle == "live":
            return Fix("subscribe", f"{api.name}:{api.version}", False)
    return None


def _may_be_registered(uri: str) -> bool:
    try:
        check_redirect_uri(uri)
    except BadAddress:
        return False
    return True


async def apply(context: ManagementContext, application: str, fix: Fix) -> None:
    """Do what the click says, by the operation that the config or the API's page does; raises NotPossible."""
    if fix.kind == "register":
        edits = {"redirect_uris": Edit(add=(fix.value,))}
        await change_application(context, application, edits)
    else:
        await ask_subscription(context, application, fix.value)
