"""What a grant keeps of its login: read from what is stored today, and written as it always was."""

from dataclasses import fields

import pytest

from satsuma.domain.grants.context import GrantContext, parse_context

# Two rows as a database of today holds them.
WHOLE = (
    r'{"nonce": "n-0S6_WzA2Mj", "claims": "{\"userinfo\": {\"email\": null}}", "acr": "1", '
    r'"amr": ["pwd", "otp"], "auth_time": 1893456000, "sid": "ses_\u00e9", '
    r'"aud": ["https://api.example/poi/v1"]}'
)
BARE = (
    '{"nonce": null, "claims": null, "acr": "1", "amr": ["pwd"], "auth_time": 1893456000, '
    '"sid": "ses_1", "aud": ["https://api.example"]}'
)
# One as this release writes it.
ALLOWED = BARE.removesuffix("}") + ', "epoch": "epo_1", "allowed": ["openid", "email"]}'


@pytest.mark.parametrize("text", [WHOLE, BARE, ALLOWED])
def test_what_is_stored_is_written_again_to_the_byte(text: str) -> None:
    assert parse_context(text).render() == text


def test_every_member_is_read() -> None:
    assert parse_context(WHOLE) == GrantContext(
        nonce="n-0S6_WzA2Mj",
        claims='{"userinfo": {"email": null}}',
        acr="1",
        amr=("pwd", "otp"),
        auth_time=1893456000,
        sid="ses_\u00e9",
        aud=("https://api.example/poi/v1",),
    )
    later = parse_context(ALLOWED)
    assert (later.epoch, later.allowed) == ("epo_1", ("openid", "email"))
    assert len(fields(GrantContext)) == 9


def test_nonce_claims_and_audience_may_be_absent() -> None:
    read = parse_context('{"acr": "1", "amr": [], "auth_time": 1, "sid": "ses_1"}')
    assert (read.nonce, read.claims, read.aud) == (None, None, ())
    assert (read.epoch, read.allowed) == ("", ())
