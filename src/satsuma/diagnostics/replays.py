"""How a refused request is sent again to a test's server: what was amiss in it, of each cause that it holds itself.

The rest is nothing that a test of the client could mend: a blocked application, an upstream that is away.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Kind = Literal["token", "authorize", "code", "refresh", "call", "userinfo"]


class Replay(NamedTuple):
    """Which kind of request it was, at which line it was amiss, and what stood there; None: nothing stood there.

    `sent` and `mended` are Python; `{because}` and the like are what the request log kept, as Python text. Without a
    `mended` it is the line that a sound request of the kind has.
    """

    kind: Kind
    place: str
    sent: str | None
    mended: str | None = None


_FORM: Final = "grant_type=client_credentials"
_LATER: Final = "headers['Authorization'] = 'Bearer ' + token_of(server, application)"
_AGAIN: Final = "headers['Authorization'] = 'Bearer ' + persons_token_of(server, application)"


def _body(more: str) -> Replay:
    return Replay("token", "body", f'"{_FORM}&{more}"')


TOKEN: Final = {
    "client-unknown": Replay(
        "token", "Authorization", 'basic("A" * 32, application.client_secret)'
    ),
    "client-credentials-missing": Replay("token", "Authorization", None),
    "scheme-unsupported": Replay(
        "token", "Authorization", 'application.authorization_header.removeprefix("Basic ")'
    ),
    "basic-undecodable": Replay("token", "Authorization", '"Basic " + application.client_id'),
    "duplicate-credentials": Replay(
        "token", "body", f'"{_FORM}&client_secret=" + application.client_secret'
    ),
    "grant-type-missing": Replay("token", "body", '""'),
    "grant-type-unsupported": Replay("token", "body", '"grant_type=" + {grant_type}'),
    "scope-of-a-person": _body("scope=openid"),
    "scope-malformed": _body("scope=things:read%20%20things:read"),
    "scope-refused": Replay("token", "body", f'"{_FORM}&scope=" + {{scope}}'),
    "resource-refused": _body("resource=https://elsewhere.example/"),
    "method-not-allowed": Replay("token", "method", "{method}"),
    "not-acceptable": Replay("token", "Accept", "{accept}"),
    "media-type-unsupported": Replay("token", "Content-Type", '"application/json"'),
    "body-too-large": Replay("token", "body", f'"{_FORM}&more=" + "x" * 17_000'),
    "bad-escape": _body("scope=%zz"),
    "bad-encoding": _body("scope=%ff"),
    "nul-character": _body("scope=%00"),
    "repeated-parameter": _body(_FORM),
    "too-many-parameters": Replay(
        "token", "body", f'"{_FORM}&" + "&".join(f"p{{{{n}}}}=" for n in range(51))'
    ),
}
SECRETS: Final = {
    "empty": '""',
    "white space around the right secret": 'application.client_secret + " "',
    "white space around": '"another secret "',
    "encoded twice": 'application.client_secret.replace("_", "%255F")',
    "the client_id in place of the secret": "application.client_id",
}
"""What was sent in place of the secret, by the words that the request log has for it."""

AUTHORIZE: Final = {
    "authorize-client-unknown": Replay("authorize", "client_id", '"A" * 32'),
    "redirect-uri-missing": Replay("authorize", "redirect_uri", None),
    "redirect-uri-unregistered": Replay(
        "authorize", "redirect_uri", 'application.redirect_uris[0] + "/"'
    ),
    "response-type-missing": Replay("authorize", "response_type", None),
    "response-type-unsupported": Replay("authorize", "response_type", '"token"'),
    "response-mode-unsupported": Replay("authorize", "response_mode", '"fragment"', '"query"'),
    "state-missing": Replay("authorize", "state", None),
    "scope-missing-in-request": Replay("authorize", "scope", None),
    "authorize-scope-malformed": Replay("authorize", "scope", '"openid  email"'),
    "authorize-scope-refused": Replay("authorize", "scope", '"openid nobody:knows"'),
    "openid-missing": Replay("authorize", "scope", '"email"'),
    "prompt-unknown": Replay("authorize", "prompt", '"perhaps"', '"login"'),
    "prompt-none-with-others": Replay("authorize", "prompt", '"none login"', '"login"'),
    "max-age-malformed": Replay("authorize", "max_age", '"soon"', '"3600"'),
    "parameter-too-long": Replay("authorize", "state", '"s" * 3000'),
    "pkce-missing": Replay("authorize", "PKCE", None),
    "pkce-malformed": Replay(
        "authorize", "PKCE", '{{"code_challenge": "short", "code_challenge_method": "S256"}}'
    ),
    "pkce-not-s256": Replay(
        "authorize", "PKCE", '{{"code_challenge": VERIFIER, "code_challenge_method": "plain"}}'
    ),
}
CODE: Final = {
    "code-missing": Replay("code", "code", None),
    "code-unknown": Replay("code", "code", '"stc_made_up"'),
    "redirect-uri-mismatch": Replay("code", "redirect_uri", 'application.redirect_uris[0] + "x"'),
    "pkce-mismatch": Replay("code", "code_verifier", '"another" * 7'),
    "refresh-token-missing": Replay("refresh", "refresh_token", None),
    "refresh-unknown": Replay("refresh", "refresh_token", '"srt_made_up"'),
    "scope-wider": Replay("refresh", "scope", '"openid email offline_access"', '"openid"'),
}
CALL: Final = {
    "credentials-missing": Replay("call", "Authorization", None),
    "bearer-prefix-missing": Replay("call", "Authorization", "token"),
    "token-forged": Replay("call", "Authorization", '"Bearer " + token + "x"'),
    "version-unknown": Replay("call", "url", "api.url.rpartition('/')[0] + '/v999'"),
    "api-unknown": Replay("call", "url", "server.url + '/nobodys/v1'"),
    "token-expired": Replay(
        "call",
        "before",
        "server.clock.advance(minutes=61)",
        f"server.clock.advance(minutes=61); {_LATER}",
    ),
    "token-revoked": Replay(
        "call", "before", "server.revoke(token)", f"server.revoke(token); {_LATER}"
    ),
    "userinfo-token-missing": Replay("userinfo", "Authorization", None),
    "userinfo-token-invalid": Replay("userinfo", "Authorization", '"Bearer " + token + "x"'),
    "userinfo-token-expired": Replay(
        "userinfo",
        "before",
        "server.clock.advance(minutes=61)",
        f"server.clock.advance(minutes=61); {_AGAIN}",
    ),
}
REPLAYS: Final[dict[str, Replay]] = TOKEN | AUTHORIZE | CODE | CALL
