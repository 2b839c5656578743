"""The living guides: each step with this installation's addresses and the reader's own application, and *Run it*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.apis import Api
from satsuma.domain.applications import Client
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import ROWS
from satsuma.domain.issuers import IssuerPolicy
from satsuma.portal.desk import LANGUAGE, Desk, Here, to_login
from satsuma.portal.diagram import drawing
from satsuma.portal.guide_steps import API, APPLICATION, GUIDES, M2M, U2M, Guide
from satsuma.portal.own_token import OwnRequests
from satsuma.portal.person_run import PersonRuns, Run
from satsuma.portal.run_it import Came, Sent, api_call, token_request
from satsuma.portal.samples_shown import sample_of
from satsuma.samples import Values
from satsuma.web.languages import N_, language_of, say, translate
from satsuma.web.pages import see
from satsuma.web.wording import STALE

_YEAR: Final = 365 * 86400
_NOT_THIS_RUN: Final = N_(
    "This is not the answer to a login that you began here: begin again with Run it."
)
_DENIED: Final = N_("The browser came back with error=%(error)s, and without a code.")
# Where a demo API answers something worth seeing.
_EXAMPLES: Final = {("poi", 1): "/shops?postalCode=35000", ("sandbox", 1): "/hello"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a guide speaks of: the reader's application, an API, and the issuer whose tokens that API takes."""

    client: Client | None
    api: Api | None
    issuer: IssuerPolicy | None
    token_url: str
    call_url: str
    authorize_url: str
    redirect_uri: str
    scope: str

    @property
    def values(self) -> Values:
        """What the samples are filled with: no secret is among it."""
        application = None if self.client is None else self.client.application
        given: dict[str, Any] = {"redirect_uri": self.redirect_uri, "scope": self.scope}
        if application is not None:
            given |= {"client_id": application.client_id, "public": application.public}
        if self.call_url:
            given["api_url"] = self.call_url
        return Values(
            token_url=self.token_url,
            authorize_url=self.authorize_url.partition("?")[0],
            revoke_url=f"{self.token_url.removesuffix('/token')}/revoke",
            pkce=self.issuer is not None and self.issuer.pkce_required,
            **given,
        )

    @property
    def fields(self) -> dict[str, str]:
        """What the diagram's messages name."""
        return {
            "token_path": urlsplit(self.token_url).path,
            "call_path": urlsplit(self.call_url).path,
            "authorize_path": urlsplit(self.authorize_url).path,
        }


@dataclass(frozen=True, slots=True)
class GuidePages:
    """Shows the guides; `own` sends what *Run it* makes."""

    desk: Desk
    own: OwnRequests
    runs: PersonRuns

    async def index(self, request: Request) -> Response:
        """List the guides with their steps."""
        here = await self.desk.here(request)
        articles = self.desk.shelf.listed(language_of(request))
        return self.desk.show(request, "guides.html", here, guides=(M2M, U2M), articles=articles)

    async def step(self, request: Request) -> Response:
        """Show one step of a guide."""
        guide, number = _asked(request)
        here = await self.desk.here(request)
        setting = await self._setting(here, guide)
        return self._step(request, here, guide, number, setting)

    async def back(self, request: Request) -> Response:
        """Take the browser back from the login of a run, with a code or an error, and go on where no address has it."""
        here = await self.desk.here(request)
        if here.visitor is None:
            return to_login(request)
        run = self.runs.taken(request, self.runs.find(request, here))
        if run is None:
            return see(f"/guides/{U2M.slug}/2?came=unasked")
        return self.runs.keep(see(f"/guides/{U2M.slug}/{3 if run.code else 2}"), run)

    async def sent(self, request: Request) -> Response:
        """Run a step as the reader's application, and show what went over the wire."""
        guide, number = _asked(request)
        if number == 1:
            raise HTTPException(404)
        form = await self.desk.frame.form(request)
        here = await self.desk.here(request)
        if here.visitor is None:
            return to_login(request)
        setting = await self._setting(here, guide)
        if form is None:
            problem = say(request, STALE)
            return self._step(request, here, guide, number, setting, 400, problem)
        if not self._may_run(here, setting, guide, number):
            return self._step(request, here, guide, number, setting)
        if guide is U2M:
            return await self._run_person(request, here, setting, number)
        authorization = await self._authorization(here, setting)
        if not authorization:
            return self._step(request, here, guide, number, setting)
        wrong = form.get("with", "")
        exchange = await self._run(request, setting, number, authorization, wrong)
        return self._step(request, here, guide, number, setting, exchange=exchange)

    async def _run_person(
        self, request: Request, here: Here, setting: Setting, number: int
    ) -> Response:
        """Send the browser to the login, or make the request of a step that follows it."""
        if number == 2:
            assert setting.issuer is not None  # noqa: S101 - a step without one may not run
            begun, location = self.runs.begin(here, setting.issuer.name, setting.scope)
            return self.runs.keep(see(location), begun)
        run = self.runs.find(request, here)
        authorization = await self._authorization(here, setting) if number < 5 else ""
        asked = run and self.runs.sent(
            run,
            number,
            setting.token_url,
            setting.call_url,
            setting.values.client_id,
            authorization,
        )
        if run is None or not asked:
            return self._step(request, here, U2M, number, setting)
        came = await self._ask(request, asked)
        run = self.runs.after(run, number, came)
        response = self._step(request, here, U2M, number, setting, exchange=(asked, came), run=run)
        return self.runs.keep(response, run)

    async def _run(
        self, request: Request, setting: Setting, number: int, authorization: str, wrong: str
    ) -> tuple[Sent, Came]:
        grant = [("grant_type", "client_credentials")]
        asked = token_request(setting.token_url, authorization, grant)
        if number == 3:
            token = "" if wrong == "no-header" else await self._token(request, asked)
            call = api_call(setting.call_url, token)
            return call, await self._ask(request, call)
        if wrong == "wrong-secret":
            asked = token_request(setting.token_url, _spoiled(authorization), grant)
        elif wrong == "no-accept":
            asked = token_request(setting.token_url, authorization, grant, accept="")
        elif wrong == "no-header":
            asked = token_request(setting.token_url, "", grant)
        return asked, await self._ask(request, asked)

    async def _token(self, request: Request, asked: Sent) -> str:
        return (await self._ask(request, asked)).member("access_token")

    async def _ask(self, request: Request, sent: Sent) -> Came:
        return await self.own.ask(request, sent)

    async def _authorization(self, here: Here, setting: Setting) -> str:
        return await self.own.ready_header(here, setting.client, "guide.run")

    def _step(
        self,
        request: Request,
        here: Here,
        guide: Guide,
        number: int,
        setting: Setting,
        status: int = 200,
        problem: str = "",
        exchange: tuple[Sent, Came] | None = None,
        run: Run | None = None,
    ) -> Response:
        run = run or self.runs.find(request, here)
        if guide is U2M and number == 2:
            problem = problem or _came_to(request, run)
        step = guide.steps[number - 1]
        wanted = request.query_params.get(LANGUAGE) or self._kept_sample(request)
        sample = sample_of(step.sample, wanted, setting.values) if step.sample else None
        response = self.desk.show(
            request,
            f"guide_{guide.slug[-3:]}_{number}.html",
            here,
            status,
            guide=guide,
            number=number,
            step=step,
            setting=setting,
            rows=_rows(step.slugs, setting.issuer),
            problem=problem,
            exchange=exchange,
            may_run=self._may_run(here, setting, guide, number),
            run=run,
            back=self.runs.came_back(run) if run and number == 3 else None,
            sample=sample,
            **_diagram(guide, number, setting, language_of(request)),
        )
        if sample is not None and request.query_params.get(LANGUAGE) == sample.slug:
            self.desk.frame.cookies.put(response, LANGUAGE, sample.slug, _YEAR)
        return response

    def _kept_sample(self, request: Request) -> str:
        return self.desk.frame.cookies.read(request, LANGUAGE) or ""

    def _may_run(self, here: Here, setting: Setting, guide: Guide, number: int) -> bool:
        """Whether a step can be sent: as an application whose secret is kept, and to an API where it calls one."""
        client = setting.client
        return (
            here.visitor is not None
            and here.may("change")
            and setting.issuer is not None
            and (number < len(guide.steps) or setting.api is not None)
            and client is not None
            and client.application.state == "active"
            and (guide is U2M if client.application.public else self.desk.keeps_secrets)
        )

    async def _setting(self, here: Here, guide: Guide) -> Setting:
        client = None
        if here.visitor is not None and here.chosen is not None:
            client = await self.desk.own_client(here.visitor, here.chosen.application_id)
        approved = (
            set()
            if client is None
            else {each.api_id for each in client.subscriptions if each.state == "approved"}
        )
        apis = self.desk.shown_apis(approved)
        ranked = sorted(apis, key=lambda api: (api.api_id not in approved, rank(api)))
        issuer, api = self._issuer_of(guide, ranked)
        base = "" if issuer is None else f"{self.desk.api_url}{issuer.path}"
        uris = () if client is None else client.application.redirect_uris
        redirect_uri = uris[0] if uris else "https://your.application.example/callback"
        scope = _scope(api) if guide is U2M else ""
        return Setting(
            client,
            api,
            issuer,
            f"{base}/token",
            f"{self.desk.api_url}{example_path(api)}" if api else "",
            self._authorize_url(f"{base}/authorize", client, scope, redirect_uri),
            redirect_uri,
            scope,
        )

    def _issuer_of(self, guide: Guide, apis: list[Api]) -> tuple[IssuerPolicy | None, Api | None]:
        """The first API that takes tokens of an issuer of this guide, and that issuer."""
        order = {name: place for place, name in enumerate(guide.issuers)}
        able = [each for each in self.desk.issuers if guide.grant in each.grants]
        known = sorted(able, key=lambda each: order.get(each.name, len(order)))
        for api in apis:
            for issuer in known:
                if issuer.name in api.issuers:
                    return issuer, api
        return (known[0] if known else None), None

    def _authorize_url(
        self, endpoint: str, client: Client | None, scope: str, redirect_uri: str
    ) -> str:
        query = {
            "response_type": "code",
            "client_id": "YOUR_CLIENT_ID" if client is None else client.application.client_id,
            "scope": scope,
            "redirect_uri": redirect_uri,
            "state": "a-random-value",
        }
        return f"{endpoint}?{urlencode(query)}"


def _came_to(request: Request, run: Run | None) -> str:
    """What a login that the guide began came to, where no code came of it."""
    if request.query_params.get("came") == "unasked":
        return say(request, _NOT_THIS_RUN)
    return say(request, _DENIED, {"error": run.error}) if run and run.error else ""


def _diagram(guide: Guide, number: int, setting: Setting, language: str) -> dict[str, Any]:
    """The diagram of a guide in both widths, and what its text says, in a language."""

    def words(text: str) -> str:
        return translate(language, text)

    names = {API: setting.api.title if setting.api else ""}
    if setting.client is not None:
        names[APPLICATION] = setting.client.application.name
    parties = guide.drawn_parties(words, names)
    arrows = guide.drawn_arrows(words, setting.fields)
    caption = words(guide.caption)
    drawn = [drawing(parties, arrows, number, caption, width) for width in ("wide", "narrow")]
    return {"diagrams": drawn, "arrows": arrows, "parties": parties}


def example_path(api: Api) -> str:
    """The path of a call of an API that a reader can try."""
    tail = _EXAMPLES.get((api.name, api.version), "")
    if not tail:
        prefixes = [rule.path_prefix for rule in api.scopes if rule.path_prefix != "/"]
        tail = prefixes[0] if prefixes else "/"
    return f"/{api.name}/v{api.version}{tail}"


def rank(api: Api) -> tuple[bool, str]:
    """The place of an API among those that a reader may try first."""
    return ((api.name, api.version) not in _EXAMPLES, api.title.casefold())


def _scope(api: Api | None) -> str:
    scopes = [] if api is None else sorted({rule.scope for rule in api.scopes})
    return " ".join(["openid", *scopes[:1]])


def _spoiled(authorization: str) -> str:
    """The header with another secret: the last characters before the padding, turned around."""
    scheme, _, value = authorization.partition(" ")
    body = value.rstrip("=")
    return f"{scheme} {body[:-9]}{body[-9:-1][::-1]}{body[-1]}{value[len(body) :]}"


def _rows(slugs: tuple[str, ...], issuer: IssuerPolicy | None) -> list[ErrorRow]:
    lenient = issuer is not None and not issuer.accept_required
    return [ROWS[slug] for slug in slugs if not (lenient and slug == "not-acceptable")]


def _asked(request: Request) -> tuple[Guide, int]:
    """The guide and the step of a path; raises HTTPException 404."""
    guide = GUIDES.get(request.path_params["guide"])
    asked = request.path_params["step"]
    numbers = {} if guide is None else {str(n): n for n in range(1, len(guide.steps) + 1)}
    if guide is None or asked not in numbers:
        raise HTTPException(404)
    return guide, numbers[asked]
