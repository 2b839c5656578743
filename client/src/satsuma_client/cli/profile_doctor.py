"""The doctor on a profile: its server, its clock, its token, and a call with that token."""

from __future__ import annotations

import re
import shlex
from typing import Final

from satsuma_client.cli.diagnosis import Finding, Replay
from satsuma_client.cli.doctor_command import clock_finding, left_over
from satsuma_client.cli.mends import Known
from satsuma_client.cli.profiles import Profile
from satsuma_client.cli.working import auth_of
from satsuma_client.http.errors import (
    ApiAccessDenied,
    InsufficientScope,
    InvalidScope,
    LoginRequired,
    OAuthError,
)
from satsuma_client.http.exchange import get_json
from satsuma_client.http.transport import ByUrllib

_API: Final = re.compile(r"https?://[^/]+/((?:[a-z0-9-]+/)?[a-z0-9-]+)/v([0-9]{1,4})(?:[/?]|\Z)")


def findings_of_profile(profile: Profile, url: str | None) -> list[Finding]:
    """What is wrong with a profile, or with calling `url` by it; raises ValueError, OSError."""
    transport = ByUrllib()
    issuer = profile.issuer.rstrip("/")
    metadata = get_json(f"{issuer}/.well-known/oauth-authorization-server")
    looked = Replay(metadata, Known(), transport)
    looked.works(metadata)
    found = [clock_finding(looked.skew)] if looked.skew else []
    try:
        auth = auth_of(profile)
        held = auth.held()
    except LoginRequired as error:
        return [
            Finding(
                "nobody-logged-in", str(error.hint), f"satsuma login {shlex.quote(profile.name)}"
            ),
            *found,
        ]
    except InvalidScope as error:
        says = f"The scope of the profile, {profile.scope}, is more than the application may have: {error.description}"
        return [Finding("scope-refused", says, _with_scope(profile, "")), *found]
    except OAuthError as error:
        return [left_over(error), *found]
    if url is None:
        return found
    auth.check_origin(url)
    call = get_json(url, authorization=held.token.authorization())
    calling = Replay(call, Known(), transport)
    if calling.works(call) or calling.error is None:
        return found
    return [_of_call(profile, url, calling.error), *found]


def _of_call(profile: Profile, url: str, error: OAuthError) -> Finding:
    api = _API.match(url)
    if isinstance(error, ApiAccessDenied) and api is not None:
        says = f"The application is not subscribed to {api[1]} v{api[2]}, or that is not approved."
        command = f"satsuma apps subscribe {shlex.quote(profile.client_id)} {api[1]}:{api[2]}"
        return Finding("not-subscribed", says, command)
    if isinstance(error, InsufficientScope) and error.scope:
        wanted = " ".join(dict.fromkeys([*profile.scope.split(), *error.scope.split()]))
        says = f"The token's scope does not cover this call, which wants {error.scope}."
        return Finding("scope-missing", says, _with_scope(profile, wanted))
    return left_over(error)


def _with_scope(profile: Profile, scope: str) -> str:
    return shlex.join(["satsuma", "profiles", "scope", profile.name, scope])
