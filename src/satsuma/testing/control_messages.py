"""What the control endpoint is asked: each body as a type, from which its OpenAPI document is written too."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=8000)]
Names = Annotated[list[Text], Meta(max_length=100)]


class Body(Struct, forbid_unknown_fields=True, kw_only=True):
    """A body without members."""


class NewApplication(Body):
    """An application to register; `apis` are names, or NAME:VERSION, of APIs that are there."""

    name: Name = ""
    redirect_uris: Names = []
    web_origins: Names = []
    apis: Names = []
    public: bool = False


class NewUser(Body):
    """An account with a confirmed address; what is left out is made up."""

    email: Name = ""
    password: Name = ""


class NewApi(Body):
    """An API behind the gateway; without an upstream it tells what it was asked."""

    name: Name = "things"
    version: Annotated[int, Meta(ge=1, le=999)] = 1
    scopes: Names = []
    upstream: Text = ""


class TokenWanted(Body):
    """A token by client credentials, of an application that was registered here."""

    client_id: Name
    issuer: Name = "standard"
    scope: Text = ""


class Login(Body):
    """Tokens for a user by the code flow, without a browser; `parameters` are the authorization request's own."""

    email: Name
    client_id: Name
    scope: Text = "openid"
    issuer: Name = "standard"
    redirect_uri: Text = ""
    parameters: dict[str, Text] = {}


class Authorization(Body):
    """An authorization URL to follow as the browser of a user."""

    url: Text
    email: Name
    allow: bool = True


class Advance(Body):
    """How much time passes for the server; below 0 its wall clock is set back."""

    seconds: float = 0
    minutes: float = 0
    hours: float = 0
    days: float = 0


class NewFault(Body):
    """What goes wrong at the next `times` requests to the endpoint `at`; null is every one until they are cleared."""

    kind: Literal["answer", "html_502", "slow", "cut", "skew"]
    at: Name = "token"
    times: int | None = 1
    status: int = 429
    retry_after: int | Name | None = None
    body: Any = None
    headers: dict[str, Text] = {}
    seconds: float = 0


class Revocation(Body):
    """A token to revoke; a refresh token goes with its grant."""

    token: Text


class Rotation(Body):
    """New keys: at once, or announced and used after 20 minutes of the server's clock."""

    at_once: bool = True
