"""The wiring of one process: every room built from its slice of the settings, and joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from satsuma.app.outbound import Outbound
from satsuma.app.settings import Settings
from satsuma.counters.calls import CallsMade
from satsuma.counters.memory import MemoryCounter
from satsuma.counters.usage import UsageCounts
from satsuma.developer.endpoint import DeveloperEndpoint
from satsuma.developer.operations import ROOT
from satsuma.developer.sandbox import PATH as SANDBOX
from satsuma.developer.sandbox import SandboxEndpoint
from satsuma.domain.clock import Clock
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.issuers import STANDARD, IssuerPolicy
from satsuma.front.hosts import Hosts
from satsuma.front.table import Route, RouteTable
from satsuma.http.cors import Cors
from satsuma.http.messages import Answer, Endpoint, Request, request_ids
from satsuma.keys.algorithms import SEAL
from satsuma.keys.client_secret import SecretDigest
from satsuma.keys.master import MasterKey
from satsuma.keys.opaque import Digests, Opaque
from satsuma.keys.randomness import Draw, pooled
from satsuma.keys.ring import KeyRing
from satsuma.keys.vault import Vault
from satsuma.management.built_in_client import LookUp, LookUpWithBuiltIn
from satsuma.management.context import ManagementContext
from satsuma.management.keys import ensure_keys, open_vault
from satsuma.oauth.authorize import AuthorizeEndpoint
from satsuma.oauth.client_authentication import ClientAuthentication
from satsuma.oauth.discovery import JwksEndpoint, MetadataEndpoint
from satsuma.oauth.error_response import Refusals
from satsuma.oauth.form_request import MAX_BODY
from satsuma.oauth.introspection import IntrospectionEndpoint
from satsuma.oauth.issuer import Issuer, IssuerContext
from satsuma.oauth.logout import LogoutEndpoint
from satsuma.oauth.revocation import revocation_endpoint
from satsuma.oauth.revocation_feed import RevocationFeedEndpoint
from satsuma.oauth.token import token_endpoint
from satsuma.oauth.userinfo import SandboxProfileEndpoint, UserinfoEndpoint
from satsuma.outbox.mail import Inbox
from satsuma.replica.follower import Follower
from satsuma.replica.replica import Replica
from satsuma.store.port import Store
from satsuma.telemetry.access_log import CONNECTION
from satsuma.telemetry.metrics import Meter, Metrics
from satsuma.telemetry.request_log import RequestLog
from satsuma.web.refused import form_post_page, refusal_page
from satsuma_client.protocol.metadata import slashed_paths, well_known_paths
from satsuma_client.protocol.names import ACCESS_TOKEN_ALGORITHMS, ID_TOKEN_ALGORITHMS

_SANDBOX = "/3legged/sandbox/fr/v1/userinfo"


_FORMS: Final = frozenset({"/token", "/revoke", "/introspect"})
"""The endpoints that bound their own body, below their issuer's path."""


@dataclass(slots=True)
class Platform:
    """One process's rooms; `log` is the structured logger, `application` what answers for all surfaces once joined.

    Built by `build_platform`.
    """

    settings: Settings
    clock: Clock
    outbound: Outbound
    store: Store
    vault: Vault
    log: Any
    metrics: Metrics
    replica: Replica
    follower: Follower
    look_up: LookUp
    request_log: RequestLog
    counter: MemoryCounter
    failures: MemoryCounter
    attempts: MemoryCounter
    shared_counter: Any
    calls: CallsMade
    usage: UsageCounts
    issuers: tuple[IssuerContext, ...] = ()
    table: RouteTable = field(init=False)
    more_pages: Callable[[], list[Any]] = list
    writes: bool = True
    application: Any = None
    at_end: list[Callable[[], None]] = field(default_factory=list)

    @property
    def inbox(self) -> Inbox | None:
        """What shows mails on a page; None where they are sent."""
        return self.outbound.post if isinstance(self.outbound.post, Inbox) else None

    async def load(self) -> None:
        """Read everything once; ready to serve after this."""
        await self.follower.load()

    def close(self) -> None:
        """Let go of what its rooms took for themselves, such as the threads that hash passwords."""
        while self.at_end:
            self.at_end.pop()()

    def management(self, actor: str) -> ManagementContext:
        """What management operations by `actor` work with."""
        return ManagementContext(
            self.store, self.vault, self.clock.now, actor, self.settings.secrets
        )

    def counters_state(self) -> str:
        """Say where limits are counted: in this process, in Redis, or alone because Redis is away."""
        if self.shared_counter is None:
            return "memory"
        return "shared" if self.shared_counter.is_there else "alone: the counting server is away"

    def is_ready(self) -> bool:
        """Say whether the work can be done.

        The feed was read lately, the database took the last write, and the process is not leaving.
        """
        fresh = self.replica.is_fresh(self.clock.monotonic(), self.settings.staleness)
        return fresh and self.writes and not self.table.draining


def key_algorithms(policies: tuple[IssuerPolicy, ...]) -> tuple[str, ...]:
    """The algorithms that the issuers sign or seal with, and those that an application may choose of its tokens.

    EdDSA also signs what upstreams are told.
    """
    jwt = {policy.signing_alg for policy in policies if policy.token_format == "jwt"}
    return (SEAL, *sorted(jwt.union((*ID_TOKEN_ALGORITHMS, *ACCESS_TOKEN_ALGORITHMS, "EdDSA"))))


async def build_platform(
    settings: Settings,
    clock: Clock,
    randomness: Draw,
    store: Store,
    outbound: Outbound,
    *,
    master: MasterKey,
    log: Any,
    metrics_file: Path | None = None,
) -> Platform:
    """Build every room of one process on an open store, and read everything once: it may serve after this.

    What a process takes from outside is all here: the time, randomness, its database and what leaves it. `serve`, the
    demo and the tests call this one function, each with its own. Raises WrongMasterKey, NotPossible, Unavailable.
    """
    vault = await open_vault(store, master, settings.mode, clock.now, randomness)
    await ensure_keys(
        ManagementContext(store, vault, clock.now, "server"), key_algorithms(settings.policies())
    )
    platform = _joined(settings, clock, store, outbound, vault, log, metrics_file)
    await platform.load()
    return platform


def _joined(
    settings: Settings,
    clock: Clock,
    store: Store,
    outbound: Outbound,
    vault: Vault,
    log: Any,
    metrics_file: Path | None,
) -> Platform:
    replica = Replica(KeyRing(vault))
    follower = Follower(store, replica, clock.now, clock.monotonic, log)
    platform = Platform(
        settings=settings,
        clock=clock,
        outbound=outbound,
        store=store,
        vault=vault,
        log=log,
        metrics=Metrics(metrics_file),
        replica=replica,
        follower=follower,
        look_up=LookUpWithBuiltIn(follower.look_up, store, clock.now, settings.command_line_client),
        request_log=RequestLog(clock.now),
        counter=MemoryCounter(),
        attempts=MemoryCounter(),
        failures=MemoryCounter(),
        shared_counter=_shared_counter(settings, log),
        calls=CallsMade(),
        usage=UsageCounts(clock.seconds, replica.clients.find),
    )
    platform.issuers = _issuers(platform)
    platform.table = build_table(platform)
    return platform


def _issuers(platform: Platform) -> tuple[IssuerContext, ...]:
    settings, replica, clock = platform.settings, platform.replica, platform.clock
    authentication = ClientAuthentication(
        SecretDigest(platform.vault),
        platform.failures,
        replica,
        platform.look_up,
        clock,
        platform.vault.draw,
    )
    return tuple(
        IssuerContext(
            issuer=Issuer(policy, settings.api_url),
            replica=replica,
            ring=replica.ring,
            store=platform.store,
            codes=code_digests(platform.vault),
            refresh_tokens=Opaque(platform.vault, "refresh-token", "srt_"),
            look_up=platform.look_up,
            authentication=authentication,
            refusals=Refusals(policy, platform.request_log, settings.pages_url),
            counter=platform.counter,
            shared_counter=platform.shared_counter,
            patience=settings.staleness,
            clock=clock,
        )
        for policy in settings.policies()
    )


def build_table(platform: Platform) -> RouteTable:
    """Build the table of hot endpoints: every issuer's."""
    settings = platform.settings
    table = RouteTable(
        routes={},
        hosts=Hosts.of(settings.api_url, settings.pages_url, settings.trusted_proxies),
        new_id=request_ids(pooled(platform.vault.draw)),
        max_body=MAX_BODY,
        failed=_failure(platform.log, platform.issuers[0].refusals),
        connections=settings.connections_per_source,
        unrouted=Meter(platform.metrics, CONNECTION),
    )
    for shared in platform.issuers:
        _add_issuer(table, platform, shared)
        if shared.issuer.policy.name == STANDARD.name:
            _add_developer_api(table, platform, shared)
    return table


def _add_developer_api(table: RouteTable, platform: Platform, shared: IssuerContext) -> None:
    endpoint = DeveloperEndpoint(shared, opens_sandboxes=platform.settings.sandbox)
    table.below, table.tree = (
        f"{ROOT}/".encode(),
        Route(endpoint, Meter(platform.metrics, "developer")),
    )
    for path in endpoint.paths:
        table.routes[path.encode()] = table.tree
    if platform.settings.sandbox:
        table.routes[SANDBOX.encode()] = Route(
            _sandbox(platform, shared), Meter(platform.metrics, "sandbox")
        )


def _sandbox(platform: Platform, shared: IssuerContext) -> SandboxEndpoint:
    async def wait_of(source: str) -> float:
        from satsuma.app.accounts import login_attempts

        return await login_attempts(platform).sandboxes_from(source)

    return SandboxEndpoint(
        context=platform.management("sandbox"),
        wait_of=wait_of,
        issuers=platform.settings.policies(),
        refusals=shared.refusals,
        api_url=platform.settings.api_url,
    )


def _shared_counter(settings: Settings, log: Any) -> Any:
    if settings.redis is None:
        return None
    from satsuma.counters.redis import RedisCounter

    return RedisCounter(settings.redis, log)


def _add_issuer(table: RouteTable, platform: Platform, shared: IssuerContext) -> None:
    policy = shared.issuer.policy
    endpoints = _endpoints(platform, shared)
    if policy.has_people:
        endpoints |= person_endpoints(platform, shared)
    settings = platform.settings
    built_in = policy.name == STANDARD.name and settings.command_line_client
    metadata = MetadataEndpoint(shared, settings.pages_url, built_in)
    names = ["oauth-authorization-server"] + ["openid-configuration"] * policy.has_people
    for name in names:
        paths = *well_known_paths(policy.path, name), *slashed_paths(policy.path, name)
        endpoints.update(dict.fromkeys(paths, metadata))
    for path, endpoint in endpoints.items():
        label = f"{policy.name}{path.removeprefix(policy.path).rstrip('/')}"
        bounds_body = path.removeprefix(policy.path) in _FORMS
        meter = Meter(platform.metrics, label, platform.usage.note)
        table.routes[path.encode()] = Route(endpoint, meter, bounds_body)


def _endpoints(platform: Platform, shared: IssuerContext) -> dict[str, Endpoint]:
    path = shared.issuer.policy.path
    feed: dict[str, Endpoint] = {}
    if shared.issuer.policy.name == STANDARD.name:
        feed[f"{path}/feed"] = RevocationFeedEndpoint(shared, lambda: platform.table.draining)
    return feed | {
        f"{path}/token": for_browsers(platform, token_endpoint(shared)),
        f"{path}/revoke": for_browsers(platform, revocation_endpoint(shared)),
        f"{path}/introspect": IntrospectionEndpoint(shared),
        f"{path}/jwks": JwksEndpoint(shared),
    }


def person_endpoints(platform: Platform, shared: IssuerContext) -> dict[str, Endpoint]:
    """The endpoints of an issuer at which people log in."""
    path, pages_url = shared.issuer.policy.path, platform.settings.pages_url
    requests, logouts = sealed_requests(platform.vault), sealed_logouts(platform.vault)
    render = refusal_page(pages_url)
    userinfo = UserinfoEndpoint(shared)
    endpoints: dict[str, Endpoint] = {}
    if "profile_sandbox" in shared.issuer.policy.person_scopes:
        sandbox = for_browsers(platform, SandboxProfileEndpoint(userinfo), b"GET, POST")
        endpoints = dict.fromkeys((_SANDBOX, f"{_SANDBOX}/"), sandbox)
    return endpoints | {
        f"{path}/authorize": AuthorizeEndpoint(
            shared, requests, platform.request_log, pages_url, render, form_post_page(pages_url)
        ),
        f"{path}/userinfo": for_browsers(platform, userinfo, b"GET, POST"),
        f"{path}/logout": LogoutEndpoint(shared, logouts, pages_url, render),
    }


def for_browsers(platform: Platform, endpoint: Endpoint, methods: bytes = b"POST") -> Endpoint:
    """Let pages of registered origins call an endpoint."""
    return Cors(endpoint, lambda: platform.replica.origins, methods)


def sealed_requests(vault: Vault) -> Opaque:
    """What seals an authorization request on its way through the pages."""
    return Opaque(vault, "authorization-request", "r1_")


def sealed_logouts(vault: Vault) -> Opaque:
    """What seals a logout that an application asked for on its way to the pages."""
    return Opaque(vault, "logout-request", "l1_")


def code_digests(vault: Vault) -> Digests:
    """By what authorization codes are known: the database holds no code."""
    return Digests(vault, "code-digest")


def _failure(log: Any, refusals: Refusals) -> Callable[[Request, BaseException], Answer]:
    def failed(request: Request, problem: BaseException) -> Answer:
        log.error(
            "unexpected",
            request_id=request.request_id,
            path=request.path.decode("latin-1")[:200],
            exc_info=problem,
        )
        return refusals.answer(request, "server", Refusal(errors.SERVER_ERROR), None)

    return failed
