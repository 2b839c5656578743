"""What can be asked of a server from outside its process: one row an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from satsuma.testing import control_messages as messages
from satsuma.testing.requests import SeenRequest
from satsuma.testing.server import SatsumaServer
from satsuma.testing.values import Application, User
from satsuma_client.protocol.secret import Secret


class Unknown(LookupError):
    """What was named is not here; the text says what and how it comes to be."""


class Controlled:
    """A server with what was registered from outside, by the names that outside knows."""

    def __init__(self, server: SatsumaServer) -> None:
        self.server = server
        self._applications: dict[str, Application] = {}
        self._users: dict[str, User] = {}

    def about(self, _: messages.Body) -> dict[str, Any]:
        """The addresses of the server and its issuers, and its time."""
        server = self.server
        issuers = {name: asdict(issuer) for name, issuer in server.issuers.items()}
        now = server.clock.now().isoformat()
        return {"url": server.url, "pages_url": server.pages_url, "now": now, "issuers": issuers}

    def new_application(self, new: messages.NewApplication) -> dict[str, Any]:
        """Register an application."""
        made = self.server.application(
            new.name,
            redirect_uris=new.redirect_uris,
            web_origins=new.web_origins,
            apis=new.apis,
            public=new.public,
        )
        self._applications[made.client_id] = made
        return asdict(made)

    def new_user(self, new: messages.NewUser) -> dict[str, Any]:
        """Make an account."""
        chosen = {"password": new.password} if new.password else {}
        user = self.server.user(new.email, **chosen)
        self._users[user.email] = user
        return asdict(user)

    def new_api(self, new: messages.NewApi) -> dict[str, Any]:
        """Put an API behind the gateway."""
        upstream = new.upstream or None
        return asdict(self.server.api(new.name, new.scopes, version=new.version, upstream=upstream))

    def shops(self, _: messages.Body) -> dict[str, Any]:
        """Put the demo's API of shops behind the gateway."""
        return asdict(self.server.shops())

    def token(self, wanted: messages.TokenWanted) -> Mapping[str, Any]:
        """Get a token by client credentials."""
        application = self._application(wanted.client_id)
        form = {"scope": wanted.scope} if wanted.scope else {}
        return self.server.token(application, issuer=wanted.issuer, **form).raw

    def log_in(self, login: messages.Login) -> Mapping[str, Any]:
        """Get tokens for a user, without a browser."""
        application = self._application(login.client_id)
        more: dict[str, Any] = dict(login.parameters)
        if login.redirect_uri:
            more["redirect_uri"] = login.redirect_uri
        return self.server.login_as(
            self._user(login.email), application, scope=login.scope, issuer=login.issuer, **more
        ).raw

    def authorize(self, asked: messages.Authorization) -> dict[str, Any]:
        """Follow an authorization URL as the browser of a user who allows it, or not."""
        user = self._user(asked.email)
        return {"location": self.server.authorize(asked.url, user, allow=asked.allow)}

    def advance(self, by: messages.Advance) -> dict[str, Any]:
        """Let time pass for the server."""
        now = self.server.clock.advance(
            seconds=by.seconds, minutes=by.minutes, hours=by.hours, days=by.days
        )
        return {"now": now.isoformat()}

    def new_fault(self, fault: messages.NewFault) -> None:
        """Let something go wrong."""
        faults, where = self.server.faults, {"at": fault.at, "times": fault.times}
        if fault.kind == "answer":
            faults.answer(
                fault.status,
                retry_after=fault.retry_after,
                body=fault.body,
                headers=fault.headers,
                at=fault.at,
                times=fault.times,
            )
        elif fault.kind == "slow":
            faults.slow(fault.seconds, at=fault.at, times=fault.times)
        elif fault.kind == "skew":
            faults.skew(fault.seconds)
        else:
            getattr(faults, fault.kind)(**where)

    def clear_faults(self, _: messages.Body) -> None:
        """Let nothing go wrong any more."""
        self.server.faults.clear()

    def revoke(self, asked: messages.Revocation) -> None:
        """Revoke a token."""
        self.server.revoke(asked.token)

    def rotate(self, asked: messages.Rotation) -> None:
        """Replace every key."""
        self.server.rotate_keys(at_once=asked.at_once)

    def requests(self, _: messages.Body) -> dict[str, Any]:
        """What was seen, oldest first; what grants something is left out."""
        return {"requests": [shown(each) for each in self.server.requests]}

    def forget_requests(self, _: messages.Body) -> None:
        """Forget what was seen."""
        self.server.requests.clear()

    def _application(self, client_id: str) -> Application:
        found = self._applications.get(client_id)
        if found is None:
            raise Unknown(
                f"No application {client_id!r} was registered here: POST /applications first"
            )
        return found

    def _user(self, email: str) -> User:
        found = self._users.get(email)
        if found is None:
            raise Unknown(f"No user {email!r} was made here: POST /users first")
        return found


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its method and path below the control endpoint, its body, what it does and how it answers."""

    method: str
    path: str
    body: type[messages.Body]
    do: Callable[[Controlled, Any], Mapping[str, Any] | None]
    status: int


OPERATIONS: Final = (
    Operation("GET", "", messages.Body, Controlled.about, 200),
    Operation("POST", "/applications", messages.NewApplication, Controlled.new_application, 201),
    Operation("POST", "/users", messages.NewUser, Controlled.new_user, 201),
    Operation("POST", "/apis", messages.NewApi, Controlled.new_api, 201),
    Operation("POST", "/shops", messages.Body, Controlled.shops, 201),
    Operation("POST", "/tokens", messages.TokenWanted, Controlled.token, 201),
    Operation("POST", "/logins", messages.Login, Controlled.log_in, 201),
    Operation("POST", "/authorizations", messages.Authorization, Controlled.authorize, 201),
    Operation("POST", "/clock", messages.Advance, Controlled.advance, 200),
    Operation("POST", "/faults", messages.NewFault, Controlled.new_fault, 204),
    Operation("DELETE", "/faults", messages.Body, Controlled.clear_faults, 204),
    Operation("POST", "/revocations", messages.Revocation, Controlled.revoke, 204),
    Operation("POST", "/key-rotations", messages.Rotation, Controlled.rotate, 204),
    Operation("GET", "/requests", messages.Body, Controlled.requests, 200),
    Operation("DELETE", "/requests", messages.Body, Controlled.forget_requests, 204),
)


def shown(seen: SeenRequest) -> dict[str, Any]:
    """A request as the control endpoint tells it."""
    whole = {name: getattr(seen, name) for name in SeenRequest.__dataclass_fields__}
    for name in ("headers", "query", "form"):
        whole[name] = {
            key: "(hidden)" if isinstance(value, Secret) else value
            for key, value in whole[name].items()
        }
    return whole | {"at": seen.at.isoformat()}
