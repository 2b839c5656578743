"""Who calls revocation and introspection: a client, or an API with its own credentials."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from satsuma.feed.directory import ClientRecord
from satsuma.protocol.errors import Refused
from satsuma.rules.facts import Api
from satsuma.server import errors
from satsuma.server.client_authentication import Proof, read_proof
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


def read_any_proof(form: dict[str, str], authorization: bytes | None) -> Proof:
    """Read the credentials; a public client sends its `client_id` alone.

    Spec: RFC 6749 §3.2.1.
    """
    if authorization is None and "client_id" in form and "client_secret" not in form:
        return Proof(form["client_id"], b"")
    return read_proof(authorization, form)


async def identify_any(shared: Shared, proof: Proof, source: str) -> ClientRecord:
    """Give the client of a proof, looked up where it is not held; a public client by its id; raises Refused.

    Spec: RFC 6749 §2.1, §3.2.1.
    """
    monotonic = shared.monotonic()
    if not shared.picture.is_fresh(monotonic, shared.patience):
        raise Refused(errors.NOT_READY)
    record = shared.picture.directory.find(proof.client_id)
    if record is None:
        shared.authentication.check_unknown(source, monotonic)
        record = await shared.look_up(proof.client_id)
        if record is None:
            shared.authentication.check_look_up(source, monotonic)
    if record is not None and record.public and not proof.client_secret:
        shared.authentication.check_state(record)
        return record
    return identify_client(shared, record, proof, source)
