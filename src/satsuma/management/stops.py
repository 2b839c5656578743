"""What stops working when a field changes, said to whoever changes it, from the value that was and the one that is."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from satsuma.domain.applications import LOOSE_PKCE
from satsuma_client.protocol.redirect_uri import matches


def gone(was: Iterable[Any], now: Iterable[Any]) -> Iterator[Any]:
    """What was there and is no more."""

    kept = set(now)
    return (each for each in was if each not in kept)


def redirect_uris_end(was: Any, now: Any) -> Iterator[str]:
    """Logins return to no address that has gone."""

    for uri in gone(was, now):
        yield f"No new login returns to {uri}, and a code that was issued for it is refused{_but(uri, now)}"


def _but(uri: str, now: Iterable[str]) -> str:
    """What still covers a loopback address: any port of it, for a public application."""
    covered = any(matches(uri, each, native=True) for each in now)
    return (
        "; but of a public application, whose other loopback address covers it" if covered else ""
    )


def web_origins_end(was: Any, now: Any) -> Iterator[str]:
    """Pages of an origin that has gone read nothing."""

    for origin in gone(was, now):
        yield f"Requests that pages of {origin} make for this application are refused"


def algorithm_ends(was: Any, now: Any) -> Iterator[str]:
    """Clients expect the algorithm that they were told."""

    yield f"A client that expects ID tokens signed with {was} refuses those signed with {now}"


def default_scopes_end(was: Any, now: Any) -> Iterator[str]:
    """Requests without a scope get something else."""

    if not was:
        asks = " ".join(now)
        yield f"Client credentials without a scope give no more than {asks}; they gave all that its subscriptions give"
    elif not now:
        yield "An authorization request without a scope is refused; client credentials give all that subscriptions give"
    else:
        for scope in gone(was, now):
            yield f"A request without a scope gets {scope} no more"


def pkce_ends(was: Any, now: Any) -> Iterator[str]:
    """Logins without a challenge are refused."""

    if now == "required":
        yield "An authorization request without code_challenge is refused at every issuer"
    elif now == "or-nonce" and was == "optional":
        yield "An authorization request with neither code_challenge nor a nonce is refused"
    elif was in LOOSE_PKCE and now not in LOOSE_PKCE:
        yield "An authorization request without code_challenge is refused where the issuer demands PKCE"


def access_token_format_ends(was: Any, now: Any) -> Iterator[str]:
    """Whoever reads tokens reads another form."""

    forms = {"issuer": "as each issuer makes them", "opaque": "opaque", "jwt": "JWTs of RFC 9068"}
    yield (
        f"New access tokens are {forms[now]}: a server that reads them by itself, and not by introspection, must know; "
        "those made before work until they expire"
    )


def access_token_algorithm_ends(was: Any, now: Any) -> Iterator[str]:
    """Verifiers expect the algorithm that they were told."""

    before, after = (
        f"with {alg}" if alg != "issuer" else "as the issuer does" for alg in (was, now)
    )
    yield f"A server that expects access tokens signed {before} refuses those signed {after}"


def logout_addresses_end(was: Any, now: Any) -> Iterator[str]:
    """Logouts return to no address that has gone; of an application without any, redirect URIs are such addresses."""

    for uri in gone(was.logout_addresses, now.logout_addresses):
        yield f"No logout returns to {uri}"


def token_scopes_end(was: Any, now: Any, elsewhere: Container[str]) -> Iterator[str]:
    """Tokens have no scope that no API gives; `elsewhere` are those of the other APIs."""

    for scope in gone((rule.scope for rule in was), (rule.scope for rule in now)):
        if scope in elsewhere:
            yield f"New tokens have {scope} only of another API that gives it, and for who is subscribed to that"
        else:
            yield f"No new token has {scope}"


def upstream_ends(was: Any, now: Any) -> Iterator[str]:
    """Calls go elsewhere."""

    yield f"Calls go to {now}, and to {was} no more"


def scopes_end(was: Any, now: Any) -> Iterator[str]:
    """A rule that comes closes calls; one that goes opens them to applications, and closes them to people's tokens."""

    before, after = _by_scope(was), _by_scope(now)
    for scope, rules in before.items():
        if scope not in after:
            yield (
                f"Calls that needed {scope} alone are open to every subscribed application; a person's token passes "
                "there no more while the API has another rule"
            )
        elif after[scope] != rules:
            yield f"Calls that need {scope} are judged by its new rule, whenever the token was made"
    for scope in after:
        if scope not in before:
            yield f"Calls that the rule of {scope} names need it: tokens without {scope} are refused there"
    if before and not after:
        yield "The API has no rule any more: every call is open to a subscribed application, and to people's tokens"
    if after and not before:
        yield "Where no rule names a call, a person's token no longer passes"


def _by_scope(rules: Iterable[Any]) -> dict[str, frozenset[Any]]:
    """The rules of each scope."""
    found: dict[str, frozenset[Any]] = {}
    for rule in rules:
        found[rule.scope] = found.get(rule.scope, frozenset()) | {rule}
    return found


def forwarding_ends(was: Any, now: Any) -> Iterator[str]:
    """An upstream may have used the caller's token."""

    if was:
        yield "The upstream gets no token of a caller any more"


def sandbox_ends(was: Any, now: Any) -> Iterator[str]:
    """No new sandbox comes to an API that is tried no more."""

    if was:
        yield "No new sandbox may call it; those that are there may until they end, within a day"


def issuers_end(was: Any, now: Any) -> Iterator[str]:
    """Tokens of an issuer that is trusted no more are refused."""

    for issuer in gone(was, now):
        yield f"Tokens of the issuer {issuer} are refused"


def fewer_calls(window: str) -> Callable[[Any, Any], Iterator[str]]:
    """A quota that comes or becomes smaller; 0 is none."""

    def ends(was: int, now: int) -> Iterator[str]:
        if now and (now < was or not was):
            yield f"An application that makes more than {now} calls {window} is refused"

    return ends


def fewer(says: str) -> Callable[[Any, Any], Iterator[str]]:
    """A number that stops something where it becomes smaller; `says` has a place for it."""

    def ends(was: Any, now: Any) -> Iterator[str]:
        if now < was:
            yield says.format(now)

    return ends
