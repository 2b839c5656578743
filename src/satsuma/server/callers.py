"""Who calls revocation and introspection: a client, or an API with its own credentials."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from satsuma.feed.directory import ClientRecord
from satsuma.protocol.errors import Refused
from satsuma.rules.facts import Api
from satsuma.server import errors
from satsuma.server.client_authentication import Proof
from satsuma.server.issuer import Shared

Caller = ClientRecord | Api


def identify_api(
    shared: Shared, digest: Callable[[bytes], bytes], proof: Proof, source: str
) -> Api | None:
    """Give the API whose own credentials these are; None where the id is no API's; raises Refused for a wrong secret.

    Spec: RFC 7662 §2.1.
    """
    api = shared.picture.apis_by_resource.get(proof.client_id)
    if api is None:
        return None
    monotonic = shared.monotonic()
    shared.authentication.check_patience(proof.client_id, source, monotonic)
    if not hmac.compare_digest(digest(proof.client_secret), api.resource_secret_digest):
        shared.authentication.count_failure(proof.client_id, source, monotonic)
        raise Refused(errors.SECRET_WRONG, api=api.name)
    return api


def identify_client(
    shared: Shared, record: ClientRecord | None, proof: Proof, source: str
) -> ClientRecord:
    """Give the client that the proof is of; raises Refused."""
    return shared.authentication.check(
        record, proof, source, int(shared.seconds()), shared.monotonic()
    )
