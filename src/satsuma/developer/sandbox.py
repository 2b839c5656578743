"""`POST /satsuma/v1/sandbox`: an application for a day, for whoever has no account and asks from a terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from satsuma.developer.operations import ROOT
from satsuma.domain.apis import Api
from satsuma.domain.errors import developer as errors
from satsuma.domain.errors import token as server_errors
from satsuma.domain.errors.refusal import Refusal, Refused, too_often
from satsuma.domain.issuers import IssuerPolicy
from satsuma.http.messages import Answer, Block, Later, Request
from satsuma.management.apis import list_apis
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.sandboxes import LIFE, Sandbox, find_triable, open_sandbox
from satsuma.oauth.error_response import Refusals
from satsuma.store.port import Unavailable

PATH: Final = f"{ROOT}/sandbox"
_FULL_FOR: Final = 3600
_CREATED: Final = Block(
    201,
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
)
_encode = msgspec.json.Encoder().encode


class SandboxApi(msgspec.Struct, frozen=True):
    """An API that the sandbox may call, where its tokens come from, and an address to begin with."""

    api: str
    title: str
    token_url: str
    base_url: str
    example: str


class OpenedSandbox(msgspec.Struct, frozen=True):
    """The credentials, which nobody can ask for again, and what they are good for until `expires_at`."""

    application_id: str
    client_id: str
    client_secret: str
    authorization_header: str
    expires_at: datetime
    apis: list[SandboxApi]


@dataclass(frozen=True, slots=True)
class SandboxEndpoint:
    """Opens a sandbox for a source that may have one more in this hour; nothing of the request's body is read.

    `wait_of` counts a sandbox of a source, and gives the seconds that it has to wait.
    """

    context: ManagementContext
    wait_of: Callable[[str], Awaitable[float]]
    issuers: Sequence[IssuerPolicy]
    refusals: Refusals
    api_url: str

    def __call__(self, request: Request) -> Answer | Later:
        """Answer one request."""
        if request.method != b"POST":
            return self._refuse(request, Refusal(errors.SANDBOX_METHOD_NOT_ALLOWED))
        if (
            b"origin" in request.fields
        ):  # some page in a browser, which would use up its reader's share
            return self._refuse(request, Refusal(server_errors.ORIGIN_UNREGISTERED))
        return Later(self._open(request))

    async def _open(self, request: Request) -> Answer:
        try:
            await find_triable(self.context)
            wait = await self.wait_of(request.source)
            if wait:
                raise Refused(too_often(errors.SANDBOX_TOO_OFTEN, wait))
            made = await open_sandbox(self.context)
            apis = await list_apis(self.context)
            return Answer(_CREATED, _encode(self._opened(made, apis)))
        except NotPossible as problem:
            if problem.slug == "sandbox-empty":
                return self._refuse(request, Refusal(errors.SANDBOX_EMPTY))
            return self._refuse(request, Refusal(errors.SANDBOX_FULL, retry_after=_FULL_FOR))
        except Unavailable:
            return self._refuse(request, Refusal(server_errors.NOT_READY))
        except Refused as refused:
            return self._refuse(request, refused.refusal)

    def _opened(self, made: Sandbox, apis: Sequence[Api]) -> OpenedSandbox:
        credentials = made.credentials
        secret, header = credentials.client_secret, credentials.authorization_header
        if secret is None or header is None:
            raise AssertionError("an application of a sandbox is confidential")
        return OpenedSandbox(
            credentials.application.application_id,
            credentials.application.client_id,
            secret.reveal(),
            header.reveal(),
            made.account.created_at + LIFE,
            [shown for api in apis if (shown := self._shown(api)) is not None],
        )

    def _shown(self, api: Api) -> SandboxApi | None:
        """An API that may be tried by a program; None for others."""
        issuers = [each for each in self.issuers if each.name in api.issuers]
        issuer = next((each for each in issuers if "client_credentials" in each.grants), None)
        if issuer is None or not api.sandbox or api.life_cycle != "live":
            return None
        base = f"{self.api_url}/{api.name}/v{api.version}"
        prefixes = [rule.path_prefix for rule in api.scopes if rule.path_prefix != "/"]
        return SandboxApi(
            f"{api.name}/v{api.version}",
            api.title,
            f"{self.api_url}{issuer.path}/token",
            base,
            base + (prefixes[0] if prefixes else "/"),
        )

    def _refuse(self, request: Request, refusal: Refusal) -> Answer:
        return self.refusals.answer(request, "sandbox", refusal, None)
