"""What stops working when a field changes, said to whoever changes it, from the value that was and the one that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

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
        yield f"Browsers let pages of {origin} read no more answers for this application"


def algorithm_ends(was: Any, now: Any) -> Iterator[str]:
    """Clients expect the algorithm that they were told."""

    yield f"A client that expects ID tokens signed with {was} refuses those signed with {now}"


def upstream_ends(was: Any, now: Any) -> Iterator[str]:
    """Calls go elsewhere."""

    yield f"Calls go to {now}, and to {was} no more"


def scopes_end(was: Any, now: Any) -> Iterator[str]:
    """A rule that comes closes calls; one that goes opens them to applications, and closes them to people's tokens."""

    before, after = _by_scope(was), _by_scope(now)
    for scope, rules in before.items():
        if scope not in after:
            yield (
                f"No new token has {scope}, and calls that needed it alone are open to every subscribed application; "
                "a person's token passes there no more while the API has another rule"
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
