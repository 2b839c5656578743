"""What a grant keeps of the login behind it, so that tokens given later still tell of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from satsuma.domain.grants.grant import Grant


@dataclass(frozen=True, slots=True)
class GrantContext:
    """What tokens of a grant say of its authorization request and its login.

    `claims` is the request's parameter as it was sent; `auth_time` is in epoch seconds, as the claim is; `aud` are the
    audiences of access tokens, empty where the issuer's own is meant; `epoch` is the database's at that time;
    `allowed` is what the person allowed, the scopes that cover claims too, empty in a grant of an earlier release.

    Spec: OIDC Core §2, §3.1.2.1, §5.5.
    """

    nonce: str | None
    claims: str | None
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    sid: str
    aud: tuple[str, ...]
    epoch: str = ""
    allowed: tuple[str, ...] = ()

    def render(self) -> str:
        """The text that is stored."""
        return json.dumps(
            {
                "nonce": self.nonce,
                "claims": self.claims,
                "acr": self.acr,
                "amr": self.amr,
                "auth_time": self.auth_time,
                "sid": self.sid,
                "aud": self.aud,
                **({"epoch": self.epoch} if self.epoch else {}),
                **({"allowed": self.allowed} if self.allowed else {}),
            }
        )


def parse_context(text: str) -> GrantContext:
    """The context that `render` stored; nonce, claims and audience may be absent."""
    stored: dict[str, Any] = json.loads(text)
    return GrantContext(
        nonce=stored.get("nonce"),
        claims=stored.get("claims"),
        acr=stored["acr"],
        amr=tuple(stored["amr"]),
        auth_time=stored["auth_time"],
        sid=stored["sid"],
        aud=tuple(stored.get("aud") or ()),
        epoch=stored.get("epoch", ""),
        allowed=tuple(stored.get("allowed") or ()),
    )


def allowed_of(grant: Grant) -> tuple[str, ...]:
    """What the person behind a grant allowed."""
    return parse_context(grant.context).allowed or tuple(grant.scope.split())


GRANT_EPOCH: Final = "grant-epoch"
"""The fact about the database that says which grants still stand: those that were made in this epoch."""


def as_of_epoch(grant: Grant | None, epoch: str | None, now: datetime) -> Grant | None:
    """A grant as it stands: one of another epoch has ended, whatever its row says.

    An epoch is a random name, so that what was ended stays so in a copy that is restored.
    """
    if grant is None or parse_context(grant.context).epoch == (epoch or ""):
        return grant
    return replace(grant, revoked_at=grant.revoked_at or now)
