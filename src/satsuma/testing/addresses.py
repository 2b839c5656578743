"""Which endpoint a request is for, and where each issuer's endpoints are."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from satsuma.app.platform import Platform
from satsuma.domain.issuers import IssuerPolicy
from satsuma.front.asgi import Scope
from satsuma.testing.values import Issuer
from satsuma_client.protocol.metadata import well_known_paths

_NAMED = ("token", "revoke", "introspect", "jwks", "authorize", "userinfo", "logout")


def endpoint_of(platform: Platform) -> Callable[[Scope], str]:
    """What names the endpoint of a request, as faults and tests call it."""
    pages = urlsplit(platform.settings.pages_url).netloc.encode()
    names: dict[bytes, str] = {}
    for path in platform.table.routes:
        last = path.decode().rstrip("/").rpartition("/")[2]
        names[path] = last if last in _NAMED else "other"
        if b"/.well-known/" in path:
            names[path] = "metadata"

    def endpoint(scope: Scope) -> str:
        hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
        if hosts and hosts[-1].lower() == pages:
            return "pages"
        return names.get(scope["raw_path"], "api")

    return endpoint


def issuers_of(platform: Platform) -> dict[str, Issuer]:
    """The addresses of every issuer, by its name."""
    root = platform.settings.api_url
    policies = [shared.issuer.policy for shared in platform.issuers]
    return {policy.name: _issuer(root, policy) for policy in policies}


def _issuer(root: str, policy: IssuerPolicy) -> Issuer:
    url = f"{root}{policy.path}"
    people = policy.has_people

    def of(name: str) -> str:
        return f"{url}/{name}" if people else ""

    def well_known(name: str) -> str:
        return f"{root}{well_known_paths(policy.path, name)[0]}"

    return Issuer(
        name=policy.name,
        url=url,
        token_url=f"{url}/token",
        authorize_url=of("authorize"),
        userinfo_url=of("userinfo"),
        introspection_url=f"{url}/introspect",
        revocation_url=f"{url}/revoke",
        end_session_url=of("logout"),
        jwks_url=f"{url}/jwks",
        metadata_url=well_known("oauth-authorization-server"),
        discovery_url=well_known("openid-configuration") if people else "",
    )
