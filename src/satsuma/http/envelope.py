"""The numbered envelope: the body of a refusal that no standard gives a form."""

from __future__ import annotations

from satsuma.domain.errors.row import ErrorRow
from satsuma_client.protocol.messages.error_response import ApiErrorResponse


def envelope(row: ErrorRow) -> ApiErrorResponse:
    """A refusal's number, title and sentence.

    Spec: OAuth M2M guide, step 2.
    """
    return ApiErrorResponse(row.code, row.message, row.says)
