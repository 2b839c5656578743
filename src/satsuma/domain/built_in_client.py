"""The public client that every installation has, so that `satsuma login URL` needs no registration before."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from satsuma.domain.accounts import Account, CreateAccount
from satsuma.domain.applications import Application, CreateApplication
from satsuma.domain.audit import Audit
from satsuma.domain.effects import Effect
from satsuma.domain.issuers import STANDARD, IssuerPolicy
from satsuma.domain.spaces import CreateSpace, Space

CLIENT_ID: Final = "satsuma-cli"
OWN_APPLICATIONS: Final = "satsuma:applications"
"""The scope of a person's token that reads what its person's own applications met."""
OURS: Final = "satsuma:"
"""What scopes of the platform itself begin with: no API gives such a one."""
_ACCOUNT: Final = "acc_satsuma-cli"
_SPACE: Final = "spc_satsuma-cli"
_REDIRECT_URIS: Final = ("http://127.0.0.1/callback", "http://[::1]/callback")


def person_scopes(policy: IssuerPolicy, client_id: str) -> tuple[str, ...]:
    """The scopes of a person that a client may ask for at an issuer; the platform's own are the built-in client's.

    Spec: RFC 6749 §3.3.
    """
    if client_id == CLIENT_ID and policy.name == STANDARD.name:
        return (*policy.person_scopes, OWN_APPLICATIONS)
    return policy.person_scopes


def creation(now: datetime) -> tuple[Effect, ...]:
    """The effects that put the client down; it belongs to an account that is nobody's and that nobody can log in to.

    Its address can never exist, it has no password, and it is blocked, so that no link is sent to it.

    Spec: RFC 8252 §7.3, §8.4.
    """
    owner = Account(
        _ACCOUNT, f"{CLIENT_ID}@built-in.invalid", "user", "en", now, now, None, blocked=True
    )
    application = Application(
        application_id="app_satsuma-cli",
        space_id=_SPACE,
        name="Satsuma command line",
        client_id=CLIENT_ID,
        state="active",
        generation=1,
        public=True,
        redirect_uris=_REDIRECT_URIS,
        web_origins=(),
        created_at=now,
    )
    what = f"application:{application.application_id}"
    detail = json.dumps({"name": application.name, "built_in": True})
    return (
        CreateAccount(owner),
        CreateSpace(Space(_SPACE, _ACCOUNT, now)),
        CreateApplication(application),
        Audit(now, "server", "application.create", what, detail),
    )
