"""The numbered envelope: the body of a refusal that no standard gives a form."""

from __future__ import annotations

from satsuma.domain.errors.row import ErrorRow


def envelope(row: ErrorRow) -> dict[str, str | int]:
    """The members of a refusal's body: number, title and sentence.

    Spec: OAuth M2M guide, step 2.
    """
    return {"code": row.code, "message": row.message, "description": row.says}
