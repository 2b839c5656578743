"""The table of scenarios: who is measured beside whom, with what load, and which ratio must come out.

A contestant is a server and a load. A scenario names one contestant of ours and those it is measured against, each with
a floor and an aim. Contestants of one group take turns, round by round, so that every ratio is of figures side by side.
A new row is a new Scenario, and where it needs them new Contestants.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.load import Load
from bench.people import (
    ES256,
    PEER_CLIENTS,
    RS256,
    USERINFO,
    USERINFO_TOKENS,
    code_body,
    login_load,
    peer_values,
    refresh_body,
)
from bench.processes import Running
from bench.satsuma import ENDPOINTS, FORM, GRANT, INTROSPECT, JWT_TOKEN, TOKEN, token_headers
from bench.yard import Yard
from satsuma_client.protocol.basic import authorization_header

PEER_SECRET = "bench-secret-bench-secret"
PEER_AUTHORIZATION = authorization_header("bench", PEER_SECRET)
"""Known to every peer."""

MORE_HEADERS = {
    "Accept": "application/json",
    "Content-Type": FORM,
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) bench/1.0",
    "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br",
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example",
    "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Cache-Control": "no-cache",
    "X-Client-Version": "4.2.1",
}
"""With Host, Authorization and Content-Length: 14 header fields, as a client behind a proxy or two sends."""


Renew = Callable[[Yard, int], Sequence[str]]
"""Makes so many bodies or tokens, none of which was sent before."""


@dataclass(frozen=True)
class Contestant:
    """A server and what is sent to it; `set_up` starts the server where it does not run yet."""

    title: str
    set_up: Callable[[Yard], tuple[Running, Load]]
    satsuma: str = ""
    """Which of our servers this is; its counters are compared with the load's."""
    revokes: bool = False
    """Whether one client of the mix is revoked during the last round."""
    renew: Renew | None = None
    """Makes what one run sends, each of them once: codes, refresh tokens, access tokens."""
    most: int = 0
    """How many of them a second are made: more than the server can take."""
    signed: str = ""
    """The algorithm of the ID tokens that it answers with, if it does."""

    def renewed(self, yard: Yard, load: Load, seconds: float) -> Load:
        """Give the load for one run; what the run before left is not sent again."""
        if self.renew is None:
            return load
        lines = tuple(self.renew(yard, round(self.most * (seconds + 0.5))))
        if load.path == USERINFO:
            return replace(load, authorizations=lines)
        return replace(load, bodies=lines)

    def endpoint(self, load: Load) -> str:
        return ENDPOINTS.get(load.path, "")


@dataclass(frozen=True)
class Bar:
    """A contestant to be measured against, the least ratio, and the wanted one."""

    against: str
    floor: float
    aim: float


@dataclass(frozen=True)
class Scenario:
    """A row: our contestant and its bars."""

    title: str
    group: str
    ours: str
    bars: tuple[Bar, ...]


def _ours(name: str, path: str) -> Callable[[Yard], tuple[Running, Load]]:
    def set_up(yard: Yard) -> tuple[Running, Load]:
        satsuma = yard.satsuma(name)
        return satsuma.running, Load("POST", path, token_headers(satsuma.authorization), GRANT)

    return set_up


def _introspect(name: str) -> Callable[[Yard], tuple[Running, Load]]:
    def set_up(yard: Yard) -> tuple[Running, Load]:
        satsuma = yard.satsuma(name)
        headers = token_headers(satsuma.authorization)
        return satsuma.running, Load("POST", INTROSPECT, headers, f"token={satsuma.token()}")

    return set_up


def _check_headers(token: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "X-Original-URI": "/bench/v1/things",
        "X-Original-Method": "GET",
    }


def _check(name: str) -> Callable[[Yard], tuple[Running, Load]]:
    def set_up(yard: Yard) -> tuple[Running, Load]:
        satsuma = yard.satsuma(name)
        return satsuma.running, Load("GET", "/auth/check", _check_headers(satsuma.token()))

    return set_up


def _mix(yard: Yard) -> tuple[Running, Load]:
    authorizations = tuple(authorization for _, authorization in yard.mix)
    load = Load("POST", TOKEN, MORE_HEADERS, GRANT, authorizations)
    return yard.satsuma("hot").running, load


def _peer(name: str, path: str, body: str = GRANT) -> Callable[[Yard], tuple[Running, Load]]:
    def set_up(yard: Yard) -> tuple[Running, Load]:
        return yard.peer(name), Load("POST", path, token_headers(PEER_AUTHORIZATION), body)

    return set_up


def _peer_introspect(name: str, token: str, path: str) -> Callable[[Yard], tuple[Running, Load]]:
    def set_up(yard: Yard) -> tuple[Running, Load]:
        running, headers = yard.peer(name), token_headers(PEER_AUTHORIZATION)
        status, body = running.ask("POST", token, headers, GRANT)
        if status != 200:
            raise RuntimeError(f"{name} gave no token: {status} {body!r}")
        text = f"token={json.loads(body)['access_token']}"
        if json.loads(running.ask("POST", path, headers, text)[1]).get("active") is not True:
            raise RuntimeError(f"{name} does not know its own token")
        return running, Load("POST", path, headers, text)

    return set_up


def _call(yard: Yard) -> tuple[Running, Load]:
    satsuma = yard.satsuma("gateway")
    headers = {"Authorization": f"Bearer {satsuma.token()}", "Accept": "application/json"}
    return satsuma.running, Load("GET", "/bench/v1/things", headers)


def _proxied(yard: Yard) -> tuple[Running, Load]:
    headers = {"Authorization": "Bearer sat_" + "x" * 240, "Accept": "application/json"}
    return yard.peer("proxy"), Load("GET", "/things", headers)


def _empty_get(yard: Yard) -> tuple[Running, Load]:
    return yard.peer("empty"), Load("GET", "/auth/check", _check_headers("sat_" + "x" * 240))


def _empty_introspect(yard: Yard) -> tuple[Running, Load]:
    body = "token=sat_" + "x" * 240
    return yard.peer("empty"), Load("POST", INTROSPECT, token_headers(PEER_AUTHORIZATION), body)


def _posted(name: str, alg: str) -> Callable[[Yard], tuple[Running, Load]]:
    """Redeem or refresh at one of ours; the bodies are made before each run."""

    def set_up(yard: Yard) -> tuple[Running, Load]:
        crowd = yard.crowd(name, alg)
        headers = token_headers(crowd.authorization)
        return crowd.satsuma.running, Load("POST", "/token", headers, once=True)

    return set_up


def _peer_posted(alg: str) -> Callable[[Yard], tuple[Running, Load]]:
    headers = token_headers(authorization_header(PEER_CLIENTS[alg], PEER_SECRET))
    return lambda yard: (yard.peer("oidc-people"), Load("POST", "/token", headers, once=True))


def _codes(name: str, alg: str) -> Renew:
    return lambda yard, count: [code_body(each) for each in yard.crowd(name, alg).codes(count)]


def _refresh_tokens(name: str, alg: str) -> Renew:
    return lambda yard, count: [
        refresh_body(each) for each in yard.crowd(name, alg).refresh_tokens(count)
    ]


def _peer_codes(alg: str) -> Renew:
    return lambda yard, count: [
        code_body(each) for each in peer_values(yard.peer("oidc-people"), "codes", count, alg)
    ]


def _peer_refresh_tokens(alg: str) -> Renew:
    return lambda yard, count: [
        refresh_body(each)
        for each in peer_values(yard.peer("oidc-people"), "refresh-tokens", count, alg)
    ]


def _ours_with(
    what: str,
    bodies: Callable[[str, str], Renew],
    name: str = "hot",
    alg: str = RS256,
    most: int = 3500,
) -> Contestant:
    """Give one of ours that answers each of the bodies with an ID token."""
    renew = bodies(name, alg)
    return Contestant(
        f"Satsuma, {what}", _posted(name, alg), name, renew=renew, most=most, signed=alg
    )


def _peers_with(
    what: str, bodies: Callable[[str], Renew], alg: str = RS256, most: int = 3500
) -> Contestant:
    """Give the peer that answers each of the bodies with an ID token."""
    renew = bodies(alg)
    return Contestant(
        f"oidc-provider, {what}", _peer_posted(alg), renew=renew, most=most, signed=alg
    )


def _bearers(name: str) -> Renew:
    return lambda yard, count: [f"Bearer {each}" for each in yard.crowd(name).access_tokens(count)]


def _userinfo(name: str) -> Callable[[Yard], tuple[Running, Load]]:
    def set_up(yard: Yard) -> tuple[Running, Load]:
        bearers = _bearers(name)(yard, USERINFO_TOKENS)
        load = Load("GET", USERINFO, {"Accept": "application/json"}, authorizations=bearers)
        return yard.satsuma(name).running, load

    return set_up


def _userinfo_once(yard: Yard) -> tuple[Running, Load]:
    load = Load("GET", USERINFO, {"Accept": "application/json"}, once=True)
    return yard.crowd("hot").satsuma.running, load


def _peer_userinfo(yard: Yard) -> tuple[Running, Load]:
    running = yard.peer("oidc-userinfo")
    bearers = [f"Bearer {each}" for each in peer_values(running, "access-tokens", USERINFO_TOKENS)]
    return running, Load("GET", "/me", {"Accept": "application/json"}, authorizations=bearers)


def _logins(yard: Yard) -> tuple[Running, Load]:
    satsuma = yard.satsuma("hot")
    return satsuma.running, login_load(satsuma)


GROUPS = {
    "tokens": "Token endpoint",
    "checks": "Introspection and /auth/check",
    "people": "Redeeming a code, refreshing, userinfo",
    "logins": "Logging in",
    "log": "The access log",
    "gateway": "Gateway, the upstream beside the load",
}

ASIDE = {
    "tokens": ("sealed-redis", "sealed-postgresql"),
    "people": (
        "redeem-postgresql",
        "refresh-postgresql",
        "userinfo-postgresql",
        "userinfo-once",
    ),
    "logins": ("login",),
}
"""Contestants that a group measures beside, without floor or aim."""

CONTESTANTS: dict[str, Contestant] = {
    "empty": Contestant("empty ASGI callable", _peer("empty", TOKEN)),
    "sealed": Contestant("Satsuma, sealed", _ours("hot", TOKEN), "hot"),
    "sealed-asgi": Contestant("Satsuma, sealed, plain ASGI", _ours("asgi", TOKEN), "asgi"),
    "unlogged": Contestant("Satsuma, sealed, without the access log", _ours("hot", TOKEN), "hot"),
    "logged": Contestant("Satsuma, sealed, a line for each", _ours("logged", TOKEN), "logged"),
    "jwt": Contestant("Satsuma, EdDSA JWT", _ours("hot", JWT_TOKEN), "hot"),
    "empty-introspect": Contestant("empty ASGI callable, POST", _empty_introspect),
    "introspect": Contestant("Satsuma, introspection", _introspect("hot"), "hot"),
    "introspect-asgi": Contestant(
        "Satsuma, introspection, plain ASGI", _introspect("asgi"), "asgi"
    ),
    "empty-get": Contestant("empty ASGI callable, GET", _empty_get),
    "check": Contestant("Satsuma, /auth/check", _check("hot"), "hot"),
    "check-asgi": Contestant("Satsuma, /auth/check, plain ASGI", _check("asgi"), "asgi"),
    "oidc-opaque": Contestant("oidc-provider, opaque", _peer("oidc-opaque", "/token")),
    "oidc-jwt": Contestant("oidc-provider, EdDSA JWT", _peer("oidc-jwt", "/token")),
    "authlib": Contestant("Authlib, Flask, gunicorn, SQLite", _peer("authlib", "/token")),
    "dot": Contestant("django-oauth-toolkit, gunicorn, SQLite", _peer("dot", "/o/token/")),
    "sealed-redis": Contestant(
        "Satsuma, sealed, counters in Redis", _ours("redis", TOKEN), "redis"
    ),
    "sealed-postgresql": Contestant(
        "Satsuma, sealed, on PostgreSQL", _ours("postgresql", TOKEN), "postgresql"
    ),
    "oidc-introspect": Contestant(
        "oidc-provider, introspection",
        _peer_introspect("oidc-opaque", "/token", "/token/introspection"),
    ),
    "gateway": Contestant("Satsuma, gateway", _call),
    "proxy": Contestant("bare proxy, uvicorn and aiohttp", _proxied),
    "redeem": _ours_with("code redeemed", _codes),
    "oidc-redeem": _peers_with("code redeemed", _peer_codes),
    "refresh": _ours_with("refresh", _refresh_tokens),
    "oidc-refresh": _peers_with("refresh", _peer_refresh_tokens),
    "redeem-es256": _ours_with("code redeemed, ES256", _codes, alg=ES256, most=8000),
    "oidc-redeem-es256": _peers_with("code redeemed, ES256", _peer_codes, alg=ES256, most=5000),
    "refresh-es256": _ours_with("refresh, ES256", _refresh_tokens, alg=ES256, most=8000),
    "oidc-refresh-es256": _peers_with("refresh, ES256", _peer_refresh_tokens, alg=ES256, most=5000),
    "redeem-postgresql": _ours_with(
        "code redeemed, on PostgreSQL", _codes, "postgresql", most=5000
    ),
    "refresh-postgresql": _ours_with(
        "refresh, on PostgreSQL", _refresh_tokens, "postgresql", most=5000
    ),
    "userinfo": Contestant("Satsuma, userinfo, 1,000 tokens", _userinfo("hot"), "hot"),
    "oidc-userinfo": Contestant("oidc-provider, userinfo, 1,000 tokens", _peer_userinfo),
    "userinfo-postgresql": Contestant(
        "Satsuma, userinfo, 1,000 tokens, on PostgreSQL", _userinfo("postgresql"), "postgresql"
    ),
    "userinfo-once": Contestant(
        "Satsuma, userinfo, each token once",
        _userinfo_once,
        "hot",
        renew=_bearers("hot"),
        most=24_000,
    ),
    "login": Contestant("Satsuma, login by the form", _logins, "hot"),
    "mix": Contestant("Satsuma, sealed, 1,000 clients, 14 headers", _mix, "hot", revokes=True),
}

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "client_credentials, sealed",
        "tokens",
        "sealed",
        (
            Bar("empty", 0.6, 0.9),
            Bar("oidc-opaque", 4, 8),
            Bar("authlib", 20, 50),
            Bar("dot", 20, 50),
        ),
    ),
    Scenario(
        "client_credentials, EdDSA JWT",
        "tokens",
        "jwt",
        (Bar("empty", 0.28, 0.4), Bar("oidc-jwt", 3, 6)),
    ),
    Scenario(
        "client_credentials, sealed, plain ASGI", "tokens", "sealed-asgi", (Bar("empty", 0.4, 0.6),)
    ),
    Scenario(
        "1,000 clients, 14 headers, one revoked", "tokens", "mix", (Bar("sealed", 0.75, 0.9),)
    ),
    Scenario(
        "introspection",
        "checks",
        "introspect",
        (Bar("empty-introspect", 0.65, 1.0), Bar("oidc-introspect", 6, 10)),
    ),
    Scenario(
        "/auth/check",
        "checks",
        "check",
        (Bar("empty-get", 0.65, 1.0), Bar("oidc-introspect", 6, 10)),
    ),
    Scenario(
        "introspection, plain ASGI",
        "checks",
        "introspect-asgi",
        (Bar("empty-introspect", 0.4, 0.6),),
    ),
    Scenario("/auth/check, plain ASGI", "checks", "check-asgi", (Bar("empty-get", 0.4, 0.6),)),
    Scenario("code redeemed, RS256 ID token", "people", "redeem", (Bar("oidc-redeem", 1.5, 3),)),
    Scenario("refresh, RS256 ID token", "people", "refresh", (Bar("oidc-refresh", 1.5, 3),)),
    Scenario(
        "code redeemed, ES256 ID token",
        "people",
        "redeem-es256",
        (Bar("oidc-redeem-es256", 1.5, 3),),
    ),
    Scenario(
        "refresh, ES256 ID token",
        "people",
        "refresh-es256",
        (Bar("oidc-refresh-es256", 1.5, 3),),
    ),
    Scenario("userinfo, 1,000 tokens", "people", "userinfo", (Bar("oidc-userinfo", 4, 8),)),
    Scenario("client_credentials, access log on", "log", "logged", (Bar("unlogged", 0.85, 0.95),)),
    Scenario("gateway to a local upstream", "gateway", "gateway", (Bar("proxy", 0.7, 0.9),)),
)
