"""The demo client: where the printed authorize URL ends. It shows the code, the exchange, the answer, the refresh."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.domain.errors.refusal import Refused
from satsuma.web.forms import FormRefused, Forms
from satsuma.web.pages import page
from satsuma_client.protocol.base64url import unb64
from satsuma_client.protocol.secret import Secret

ISSUER = "/openidconnect/fr/v1"
CALLBACK = "/demo/callback"
SCOPE = "openid profile email sandbox"


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A confidential web application of the guide, at the pages' address, in the demo alone."""

    api_url: str
    pages_url: str
    client_id: str
    authorization: Secret
    forms: Forms

    @property
    def redirect_uri(self) -> str:
        """Where the person comes back to."""
        return self.pages_url + CALLBACK

    def routes(self) -> list[Route]:
        """The demo client's routes."""
        return [
            Route(CALLBACK, self.callback, methods=["GET"]),
            Route("/demo/exchange", self.exchange, methods=["POST"]),
            Route("/demo/refresh", self.refresh, methods=["POST"]),
        ]

    async def callback(self, request: Request) -> Response:
        """Show what came back: a code, or an error."""
        query = dict(request.query_params)
        code = query.get("code", "")
        command = self._command(self._exchange_form(code))
        return self._page(request, "code", query=query, code=code, command=command)

    async def exchange(self, request: Request) -> Response:
        """Exchange the code as the command does, and show the answer and how to refresh."""
        try:
            form = await self.forms.read(request)
        except (FormRefused, Refused):
            return self._page(request, "expired")
        status, answer = await self._ask(self._exchange_form(form.get("code", "")))
        token = answer.get("refresh_token", "")
        command = self._command(self._refresh_form(token)) if token else ""
        info = await self._userinfo(answer.get("access_token", ""))
        return self._page(
            request,
            "answer",
            status=status,
            answer=json.dumps(answer, indent=2),
            claims=_claims(answer.get("id_token", "")),
            info=json.dumps(info, indent=2),
            refresh_token=token,
            command=command,
            call=self._call(answer.get("access_token", "")),
        )

    async def refresh(self, request: Request) -> Response:
        """Refresh, and show the answer."""
        try:
            form = await self.forms.read(request)
        except (FormRefused, Refused):
            return self._page(request, "expired")
        token = form.get("refresh_token", "")
        status, answer = await self._ask(self._refresh_form(token))
        shown = json.dumps(answer, indent=2)
        command = self._command(self._refresh_form(token))
        return self._page(
            request, "refreshed", status=status, answer=shown, refresh_token=token, command=command
        )

    def authorize_url(self) -> str:
        """The URL to click."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "scope": SCOPE,
            "redirect_uri": self.redirect_uri,
            "state": "demo-state",
        }
        return f"{self.api_url}{ISSUER}/authorize?{urlencode(query)}"

    def _page(self, request: Request, step: str, **values: Any) -> Response:
        response = page(
            "demo_client.html",
            request=request,
            step=step,
            form_token=self.forms.token(request),
            again=self.authorize_url(),
            **values,
        )
        self.forms.remember(request, response)
        return response

    def _exchange_form(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
        }

    def _refresh_form(self, token: str) -> dict[str, str]:
        return {"grant_type": "refresh_token", "refresh_token": token}

    def _command(self, form: dict[str, str]) -> str:
        header = shlex.quote(f"Authorization: {self.authorization.reveal()}")
        fields = " \\\n  ".join(
            f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in form.items()
        )
        return f"curl -X POST {self.api_url}{ISSUER}/token \\\n  -H {header} \\\n  {fields}"

    def _call(self, token: str) -> str:
        return f"curl -H 'Authorization: Bearer {token}' {self.api_url}/sandbox/v1/hello"

    async def _ask(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        from aiohttp import ClientSession

        headers = {"Authorization": self.authorization.reveal(), "Accept": "application/json"}
        async with (
            ClientSession() as session,
            session.post(f"{self.api_url}{ISSUER}/token", data=form, headers=headers) as response,
        ):
            answer: dict[str, Any] = await response.json()
            return response.status, answer

    async def _userinfo(self, token: str) -> Any:
        from aiohttp import ClientSession

        headers = {"Authorization": f"Bearer {token}"}
        async with (
            ClientSession() as session,
            session.get(f"{self.api_url}{ISSUER}/userinfo", headers=headers) as response,
        ):
            return await response.json()


def _claims(id_token: str) -> str:
    """Show what an ID token says; a real client checks its signature first."""
    if id_token.count(".") != 2:
        return ""
    body = id_token.split(".")[1]
    return json.dumps(json.loads(unb64(body.encode())), indent=2)
