"""The shape of a refusal's cause: one row of one table, whatever room it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One cause of refusal.

    `slug` is ours and stable, one per cause; `error` is the registry's word; `says` is fixed text within the
    characters of RFC 6749 §5.2; `shown_as` names the slug that the outside sees where telling would help an attacker;
    `allow` is the Allow of a 405, empty where its methods are an API's own; `redirects` says that the client is told at
    its redirect URI, which every other row of the authorization endpoint must not use; `code` and `message` are the
    number and the title in the numbered envelope, 0 and empty where the row has none.

    Spec: RFC 6749 §4.1.2.1, §5.2.
    """

    slug: str
    error: str
    status: int
    says: str
    help: str
    spec: str
    shown_as: str | None = None
    allow: str = ""
    redirects: bool = False
    code: int = 0
    message: str = ""
