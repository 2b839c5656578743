"""The true cause of a refusal, as its owner is told it: from the request log, by the id that the answer bore."""

import asyncio

from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import GROUPS
from satsuma.domain.request_log import LoggedRequest
from satsuma.store.opening import open_store
from tests.wire.raw import RawReply
from tests.wire.record.refusals import check_recorded
from tests.wire.server import Reply, Server, wait_until

# Two rooms have rows of one slug; these are the authorization server's.
ROWS: dict[str, ErrorRow] = {row.slug: row for _, rows in reversed(GROUPS) for row in rows}


def cause_of(server: Server, reply: Reply | RawReply) -> str:
    """Give the slug under which a request was logged; the log is written a moment after the answer."""
    request_id = id_of(reply)
    found: list[LoggedRequest] = []

    def is_written() -> bool:
        row = _logged(server, request_id)
        found.extend([] if row is None else [row])
        return row is not None

    check_recorded(reply)
    wait_until(is_written, 10, lambda: f"no row of {request_id}")
    return found[0].slug


def logged_client(server: Server, request_id: str) -> str | None:
    """Give the client whose owner is told of a request, by the id that its answer bore."""
    row = _logged(server, request_id)
    assert row is not None
    return row.client_id


def id_of(reply: Reply | RawReply) -> str:
    if isinstance(reply, RawReply):
        return (reply.field(b"x-oapi-request-id") or b"").decode()
    return reply.headers["X-OAPI-Request-Id"]


def _logged(server: Server, request_id: str) -> LoggedRequest | None:
    async def find() -> LoggedRequest | None:
        store = open_store(server.database)
        try:
            return await store.read(lambda reader: reader.find_logged_request(request_id))
        finally:
            await store.close()

    return asyncio.run(find())


def body_of(row: ErrorRow) -> dict[str, str | int]:
    """Give what the outside reads of a row: the one that it is shown as, in its own envelope."""
    outward = row if row.shown_as is None else ROWS[row.shown_as]
    if outward.code:
        return {"code": outward.code, "message": outward.message, "description": outward.says}
    return {"error": outward.error, "error_description": outward.says}
