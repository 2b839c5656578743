"""*Run it* with a person: the login of who reads the guide, to the own application, and the tokens that come of it.

The login leads back to a page of ours, an address that no application has in its list. It is good only inside a sealed
request that this page makes, for the session that asked, for ten minutes; its code only with a verifier that the
browser's sealed cookie holds; what it grants is not remembered and ends in an hour.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.authorization import CheckedRequest
from satsuma.keys.opaque import Opaque
from satsuma.keys.randomness import url_safe
from satsuma.oauth.sealed_request import SealedRequest, seal_request
from satsuma.portal.desk import Desk, Here
from satsuma.portal.run_it import Came, Sent, api_call, token_request
from satsuma_client.protocol import pkce
from satsuma_client.protocol.scope import parse_scope

BACK: Final = "/guides/oauth-u2m/2/back"
_RUN: Final = "run"
_LIFE: Final = 3600
_LONGEST: Final = 2000
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Run:
    """How far a run has come: of which session and application, and what it holds."""

    sid: str
    application_id: str
    issuer: str
    verifier: str
    state: str
    code: str = ""
    error: str = ""
    access_token: str = ""
    refresh_token: str = ""


@dataclass(frozen=True, slots=True)
class PersonRuns:
    """Begins a run, takes the code that comes back, makes the requests that follow; the browser keeps it, sealed."""

    desk: Desk
    requests: Opaque

    @property
    def back(self) -> str:
        """The address that the login leads back to."""
        return self.desk.pages_url + BACK

    @property
    def _sealed(self) -> Opaque:
        return Opaque(self.desk.frame.accounts.vault, "guide-run", "run_")

    def find(self, request: Request, here: Here) -> Run | None:
        """The run of this session with the chosen application."""
        opened = self._sealed.open(self.desk.frame.cookies.read(request, _RUN) or "")
        if opened is None or here.visitor is None or here.chosen is None:
            return None
        run = Run(**json.loads(opened))
        mine = (here.visitor.session.sid, here.chosen.application_id)
        return run if (run.sid, run.application_id) == mine else None

    def keep(self, response: Response, run: Run) -> Response:
        """Let the browser keep a run; a token that no cookie holds is left out."""
        text = self._sealed.seal(json.dumps(asdict(run)).encode())
        self.desk.frame.cookies.put(response, _RUN, text, _LIFE)
        return response

    def begin(self, here: Here, issuer: str, scope: str) -> tuple[Run, str]:
        """A run of who is here with the chosen application, and where the browser goes for it."""
        assert here.visitor is not None  # noqa: S101 - whoever calls has looked
        assert here.chosen is not None  # noqa: S101
        draw = self.desk.draw
        sid, verifier, state = here.visitor.session.sid, url_safe(32, draw), url_safe(12, draw)
        asked = CheckedRequest(
            issuer=issuer,
            client_id=here.chosen.client_id,
            redirect_uri=self.back,
            scope=parse_scope(scope) or (),
            response_mode="query",
            state=state,
            code_challenge=pkce.challenge_of(verifier),
            trial=sid,
        )
        sealed = seal_request(self.requests, SealedRequest(asked, self.desk.clock()))
        run = Run(sid, here.chosen.application_id, issuer, verifier, state)
        return run, f"/interaction?r={quote(sealed)}"

    def taken(self, request: Request, run: Run | None) -> Run | None:
        """The run with the code or the error that the browser came back with; None where it is not this run's."""
        query = request.query_params
        code, error = query.get("code", ""), query.get("error", "")
        if run is None or query.get("state") != run.state or len(code) > _LONGEST:
            return None
        return replace(run, code=code, error="" if code else error[:_SHOWN])

    def came_back(self, run: Run) -> Sent | None:
        """What the browser sent when it came back with a code, as far as a page shows it."""
        if not run.code:
            return None
        host = self.desk.pages_url.partition("://")[2]
        target = f"{BACK}?code={run.code}&state={run.state}"
        return Sent("GET", target, (("Host", host),), secrets=(run.code,))

    def sent(
        self,
        run: Run,
        number: int,
        token_url: str,
        call_url: str,
        client_id: str,
        authorization: str,
    ) -> Sent | None:
        """The request of a step: 3 redeems the code, 4 refreshes, 5 calls; None where the step before is missing."""
        if number == 5:
            return api_call(call_url, run.access_token) if run.access_token else None
        form: Sequence[tuple[str, str]]
        if number == 3:
            form = (
                ("grant_type", "authorization_code"),
                ("code", run.code),
                ("redirect_uri", self.back),
                ("code_verifier", run.verifier),
            )
        else:
            form = (("grant_type", "refresh_token"), ("refresh_token", run.refresh_token))
        if not authorization:  # a public application says who it is, and proves nothing
            form = (*form, ("client_id", client_id))
        secret = run.code if number == 3 else run.refresh_token
        if not secret:
            return None
        hidden = (secret, run.verifier) if number == 3 else (secret,)
        return token_request(token_url, authorization, form, secrets=hidden)

    @staticmethod
    def after(run: Run, number: int, came: Came) -> Run:
        """The run after an answer: a code is good once, and a refresh token is replaced where a new one comes."""
        if number == 5:
            return run
        access, refresh = came.member("access_token"), came.member("refresh_token")
        return replace(
            run,
            code="" if number == 3 else run.code,
            access_token=(access or run.access_token)[:_LONGEST],
            refresh_token=refresh or run.refresh_token,
        )
