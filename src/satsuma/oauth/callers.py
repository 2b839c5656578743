"""Who calls: a client, or an API with its own credentials; proven anew, or known again by its header."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from satsuma.domain.apis import Api
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.oauth.client_authentication import KnownCaller, Proof, read_proof
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord

Caller = ClientRecord | Api


def identify_api(
    shared: IssuerContext,
    digest: Callable[[bytes], bytes],
    proof: Proof,
    source: str,
    authorization: bytes | None = None,
) -> Api | None:
    """The API whose own credentials these are; None where the id is no API's; raises Refused for a wrong secret.

    A proof read from `authorization` is known again when that header returns.

    Spec: RFC 7662 §2.1.
    """
    api = shared.replica.apis_by_resource.get(proof.client_id)
    if api is None:
        return None
    monotonic = shared.monotonic()
    shared.authentication.check_patience(proof.client_id, source, monotonic)
    if not hmac.compare_digest(digest(proof.client_secret), api.resource_secret_digest):
        shared.authentication.count_failure(proof.client_id, source, monotonic)
        raise Refused(Refusal(errors.SECRET_WRONG, {"api": api.name}))
    if authorization is not None:
        shared.authentication.keep(authorization, KnownCaller(api, api.resource_id, None))
    return api


def check_fresh(shared: IssuerContext) -> None:
    """Refuse while the replica is older than allowed: a revocation may be missing."""
    if not shared.replica.is_fresh(shared.monotonic(), shared.patience):
        raise Refused(Refusal(errors.NOT_READY))


def recall_caller(shared: IssuerContext, authorization: bytes | None, source: str) -> Caller | None:
    """Whom this very header proved before, if every fact that it was checked against still stands.

    None wherever it must be checked anew, which then finds and tells the reason.
    """
    proven = None if authorization is None else shared.authentication.recall(authorization)
    if proven is None:
        return None
    caller, secret_id, ends = proven
    monotonic = shared.monotonic()
    if isinstance(caller, Api):
        stands = shared.replica.apis_by_resource.get(caller.resource_id) is caller
        must_wait = shared.authentication.wait(caller.resource_id, source, monotonic)
        return caller if stands and not must_wait else None
    if shared.replica.clients.find(caller.client_id) is not caller or caller.state != "active":
        return None
    now = int(shared.seconds())
    if ends is not None and ends <= now:
        return None
    if shared.authentication.wait(caller.client_id, source, monotonic):
        return None
    caller.used[secret_id] = (now, source)
    return caller


def recall_client(
    shared: IssuerContext, form: dict[str, str], authorization: bytes | None, source: str
) -> ClientRecord | None:
    """The client that this very header proved before, where the form names none; None where it must be checked."""
    if "client_id" in form or "client_secret" in form:
        return None
    caller = recall_caller(shared, authorization, source)
    return caller if isinstance(caller, ClientRecord) else None


def identify_client(
    shared: IssuerContext,
    record: ClientRecord | None,
    proof: Proof,
    source: str,
    authorization: bytes | None = None,
) -> ClientRecord:
    """The client that the proof is of; raises Refused.

    A proof read from `authorization` is known again when that header returns.
    """
    return shared.authentication.check(
        record, proof, source, int(shared.seconds()), shared.monotonic(), authorization
    )


def read_any_proof(form: dict[str, str], authorization: bytes | None) -> Proof:
    """Read the credentials; a public client sends its `client_id` alone.

    Spec: RFC 6749 §3.2.1.
    """
    if authorization is None and "client_id" in form and "client_secret" not in form:
        return Proof(form["client_id"], b"")
    return read_proof(authorization, form)


async def look_up_client(shared: IssuerContext, client_id: str, source: str) -> ClientRecord | None:
    """Look a client up in the store, for a source that did not ask too often for what does not exist.

    Raises Refused, and Unavailable.
    """
    shared.authentication.check_unknown(source, shared.monotonic())
    record = await shared.look_up(client_id)
    if record is None:
        shared.authentication.check_look_up(source, shared.monotonic())
    return record


async def identify_any(
    shared: IssuerContext, proof: Proof, source: str, authorization: bytes | None = None
) -> ClientRecord:
    """The client of a proof, looked up where it is not held; a public client by its id; raises Refused.

    A proof read from `authorization` is known again when that header returns.

    Spec: RFC 6749 §2.1, §3.2.1.
    """
    check_fresh(shared)
    record = shared.replica.clients.find(proof.client_id)
    if record is None:
        record = await look_up_client(shared, proof.client_id, source)
    if record is not None and record.public and not proof.client_secret:
        shared.authentication.check_state(record)
        return record
    return identify_client(shared, record, proof, source, authorization)
