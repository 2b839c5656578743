"""The shape of a refusal: one row in one table, whatever room it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One cause of refusal.

    `slug` is ours and stable, one per cause; `error` is the registry's word; `says` is fixed text within the
    characters of RFC 6749 §5.2; `shown_as` names the slug that the outside sees where telling would help an attacker;
    `code` is the number in the gateway's envelope, 0 where the row is not one of its own.

    Spec: RFC 6749 §5.2.
    """

    slug: str
    error: str
    status: int
    says: str
    help: str
    spec: str
    shown_as: str | None = None
    may_redirect: bool = False
    level: Level = "info"
    code: int = 0
    message: str = ""
