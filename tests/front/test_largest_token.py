"""The largest token that is made is read by everything that reads tokens; a larger one is not made."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.errors.refusal import Refused
from satsuma.domain.errors.token import SCOPE_TOO_LONG
from satsuma.domain.issuers import STANDARD, IssuerPolicy
from satsuma.keys.claims import MAX_TOKEN
from satsuma.oauth.access_token import mint_access_token
from satsuma.replica.clients import ClientRecord
from tests.front.edge import Edge
from tests.gateway.world import API_URL, World, a_client
from tests.wire.server import wait_until

FORMATS = [
    replace(STANDARD, token_format="sealed"),
    replace(STANDARD, token_format="jwt", signing_alg="EdDSA"),
]


def minted(world: World, policy: IssuerPolicy, length: int) -> bytes:
    """A token whose scope has that many characters."""
    context: Any = SimpleNamespace(ring=world.ring, issuer=SimpleNamespace(policy=policy))
    claims = world.claims(scope="s" * length)
    return mint_access_token(context, claims, ClientRecord(a_client()), b"sat_")


@pytest.mark.parametrize("policy", FORMATS, ids=lambda policy: policy.token_format)
@pytest.mark.spec("RFC 6749 §3.3")
def test_what_is_made_is_read_and_what_could_not_be_read_is_not_made(policy: IssuerPolicy) -> None:
    world, length, most = World(), 5000, 0
    while True:
        try:
            token = minted(world, policy, length)
        except Refused as refused:
            assert refused.refusal.row is SCOPE_TOO_LONG
            break
        claims = world.ring.verify(token, b"sat_", API_URL)
        assert claims is not None
        assert len(claims.scope) == length
        most, length = len(token), length + 1
    assert MAX_TOKEN - 2 <= most <= MAX_TOKEN


def test_a_token_of_two_hundred_scopes_is_read_by_every_reader(edge: Edge) -> None:
    server = edge.server
    scopes = tuple(ScopeRule(f"wide:scope-{n:03}", path_prefix=f"/{n}") for n in range(200))
    server.new_api("wide", edge.recorder.address, scopes=scopes, issuers=("standard",))
    made = server.new_application("wide")
    wait_until(lambda: server.token(made, issuer="").status == 200, 5)
    token = server.token(made, issuer="").json["access_token"]
    assert len(token) > 4096
    assert server.form("/introspect", made, f"token={token}").json["active"] is True
    assert server.call("/wide/v1/0/x", token).status == 200
    assert server.call("/auth/check?api=wide&version=1&method=GET&path=/0/x", token).status == 204
