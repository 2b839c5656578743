"""The rows of refusal of a request that is not well formed."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma_client.protocol.errors import Malformed

REPEATED_HEADER: Final = ErrorRow(
    slug="repeated-header",
    error="invalid_request",
    status=400,
    says="A header that may stand once was sent more than once",
    help="Send each of Authorization, Content-Type and Host exactly once.",
    spec="RFC 9110 §5.3",
)


BAD_ESCAPE: Final = ErrorRow(
    slug="bad-escape",
    error="invalid_request",
    status=400,
    says="The body has a percent escape that is not one",
    help="Encode the form with your language's own form encoder: a bare % is written %25.",
    spec="RFC 6749 App. B",
)


BAD_ENCODING: Final = ErrorRow(
    slug="bad-encoding",
    error="invalid_request",
    status=400,
    says="The body is not UTF-8 text",
    help="Encode parameter values as UTF-8 before percent-encoding them.",
    spec="RFC 6749 App. B",
)


NUL_CHARACTER: Final = ErrorRow(
    slug="nul-character",
    error="invalid_request",
    status=400,
    says="A parameter holds a NUL character",
    help="Remove the NUL; it often comes from a fixed-size buffer pasted whole.",
    spec="RFC 6749 App. A",
)


REPEATED_PARAMETER: Final = ErrorRow(
    slug="repeated-parameter",
    error="invalid_request",
    status=400,
    says="A parameter was sent more than once",
    help="Send each parameter once; look for a value in both the URL builder and the form.",
    spec="RFC 6749 §3.2",
)


BASIC_UNDECODABLE: Final = ErrorRow(
    slug="basic-undecodable",
    error="invalid_client",
    status=401,
    says="Unable to decode Basic authorization.",
    help="Send Authorization: Basic and, after one space, the base64 of client_id:client_secret. "
    "The portal's ready header already starts with Basic: do not add it twice.",
    spec="RFC 7617 §2",
)


TOO_MANY_PARAMETERS: Final = ErrorRow(
    slug="too-many-parameters",
    error="invalid_request",
    status=400,
    says="The body has too many parameters",
    help="A token request has a handful of parameters; at most 50 are read.",
    spec="RFC 6749 §3.2",
)


ROWS: Final = (
    REPEATED_HEADER,
    BAD_ESCAPE,
    BAD_ENCODING,
    NUL_CHARACTER,
    REPEATED_PARAMETER,
    BASIC_UNDECODABLE,
    TOO_MANY_PARAMETERS,
)


def refusal_of(problem: Malformed) -> Refused:
    """The refusal of what is not well formed: the row of its slug."""
    return Refused(Refusal(_BY_SLUG[problem.slug], problem.detail))


_BY_SLUG: Final = {row.slug: row for row in ROWS}
