"""Whose secret a wrong one was: told to the owner of both, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from satsuma.domain.request_log import LoggedRequest
from satsuma.store.port import Reader, Store

ANOTHERS = "the secret of another application of the same space"


async def name_owners(
    store: Store, rows: tuple[LoggedRequest, ...], presented: Mapping[str, bytes]
) -> tuple[LoggedRequest, ...]:
    """Say in the rows which of the wrong secrets belong to another application of the same space.

    `presented` are keyed digests by request id; raises Unavailable.
    """
    if not presented:
        return rows
    asked = {
        row.request_id: (row.client_id, presented[row.request_id])
        for row in rows
        if row.request_id in presented and row.client_id is not None
    }

    def find(reader: Reader) -> set[str]:
        return {
            key for key, (client_id, digest) in asked.items() if _is_near(reader, client_id, digest)
        }

    near = await store.read(find)
    return tuple(_told(row) if row.request_id in near else row for row in rows)


def _is_near(reader: Reader, client_id: str, digest: bytes) -> bool:
    owner_id = reader.find_secret_owner(digest)
    if owner_id is None:
        return False
    owner, client = reader.find_application(owner_id), reader.find_client(client_id)
    if owner is None or client is None:
        return False
    application = client.application
    return owner.space_id == application.space_id and owner_id != application.application_id


def _told(row: LoggedRequest) -> LoggedRequest:
    return replace(row, detail=json.dumps(json.loads(row.detail) | {"because": ANOTHERS}))
