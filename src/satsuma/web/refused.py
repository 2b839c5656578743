"""The page of an authorization request that may not be redirected: shown on the API surface, styled from the pages'."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from satsuma.domain.errors.row import ErrorRow
from satsuma.http.messages import Answer, Block, RenderPage, Request, combined


def refusal_page(pages_url: str) -> RenderPage:
    """The function that renders such a page; the page room is imported at its first use."""

    def render(row: ErrorRow, request: Request) -> Answer:
        from satsuma.web.languages import best_language
        from satsuma.web.pages import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, render

        accepted = (combined(request.headers, b"accept-language") or b"").decode("latin-1")
        body = render(
            "refused.html",
            best_language(accepted),
            base=pages_url,
            row=row,
            request_id=request.request_id,
        )
        policy = CONTENT_SECURITY_POLICY.replace("'self'", pages_url)
        headers = {
            **SECURITY_HEADERS,
            "content-security-policy": policy,
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
        }
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        if row.allow:
            fields.append((b"allow", row.allow.encode()))
        return Answer(Block(row.status, *fields), body.encode())

    return render


def form_post_page(pages_url: str) -> Callable[[str, Mapping[str, str], Request], Answer]:
    """The function that renders the page which posts a response to a client from the API surface.

    Spec: OIDC Form Post §2.
    """

    def post(action: str, parameters: Mapping[str, str], request: Request) -> Answer:
        from satsuma.web.languages import best_language
        from satsuma.web.pages import CONTENT_SECURITY_POLICY, SECURITY_HEADERS, render

        accepted = request.fields.get(b"accept-language", b"").decode("latin-1")
        body = render(
            "form_post.html",
            best_language(accepted),
            base=pages_url,
            action=action,
            parameters=parameters,
        )
        policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", "form-action *")
        headers = {
            **SECURITY_HEADERS,
            "content-security-policy": f"{policy}; script-src 'self'".replace("'self'", pages_url),
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
        }
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        return Answer(Block(200, *fields), body.encode())

    return post
