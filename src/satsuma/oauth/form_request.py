"""Step 1 of every endpoint that takes a form: POST only, JSON accepted, a form sent, each parameter once."""

from __future__ import annotations

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.issuers import IssuerPolicy
from satsuma.http.media_types import accepts_json, is_form
from satsuma.http.messages import Request, combined
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form

MAX_BODY = 16 * 1024
_ONCE = (b"authorization", b"content-type")
_USUAL = b"grant_type=client_credentials"
_USUAL_FORM = {"grant_type": "client_credentials"}


def check_form_request(request: Request, policy: IssuerPolicy, negotiates: bool = True) -> bool:
    """Check all of a request but its form, and say whether a form was sent; raises Refused.

    The order is the platform's: method, Accept, content type, then what the form says. Accept is a list, so that it may
    stand in several lines. An endpoint that has one form of answer, or none, negotiates nothing.

    Spec: RFC 6749 §3.2; RFC 7009 §2.2; RFC 9110 §5.3.
    """
    if request.method != b"POST":
        raise Refused(
            Refusal(errors.METHOD_NOT_ALLOWED, {"method": request.method.decode("latin-1")[:16]})
        )
    headers = request.fields
    accept = headers.get(b"accept")
    if len(headers) != len(request.headers):
        for name in _ONCE:
            request.single(name)
        accept = combined(request.headers, b"accept")
    if negotiates and policy.accept_required and not (accept and accepts_json(accept)):
        raise Refused(Refusal(errors.NOT_ACCEPTABLE, {"accept_sent": accept is not None}))
    if len(request.body) > MAX_BODY:
        raise Refused(Refusal(errors.BODY_TOO_LARGE, {"length": len(request.body)}))
    if is_form(headers.get(b"content-type", b"")):
        return True
    if policy.form_required:
        raise Refused(Refusal(errors.MEDIA_TYPE_UNSUPPORTED))
    return False


def read_form(
    request: Request, policy: IssuerPolicy, negotiates: bool = True
) -> tuple[dict[str, str], bytes | None]:
    """The form and the Authorization header; raises Refused.

    Spec: RFC 6749 §3.2.
    """
    authorization = request.fields.get(b"authorization")
    if not check_form_request(request, policy, negotiates):
        return {}, authorization
    if request.body == _USUAL:
        return _USUAL_FORM, authorization
    try:
        return parse_form(request.body), authorization
    except Malformed as problem:
        raise refusal_of(problem) from None
