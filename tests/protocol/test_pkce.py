"""Proof Key for Code Exchange: which verifier proves which challenge, and what either may look like."""

import pytest

from satsuma_client.protocol.base64url import b64, unb64
from satsuma_client.protocol.pkce import S256, challenge_of, is_challenge, verifier_matches

# Appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.spec("RFC 7636 §4.2")
def test_the_challenge_is_the_digest_of_its_verifier() -> None:
    assert S256 == "S256"
    assert challenge_of(VERIFIER) == CHALLENGE


@pytest.mark.spec("RFC 7636 §4.6")
@pytest.mark.spec("RFC 9700 §4.8.2")
@pytest.mark.parametrize(
    ("verifier", "challenge", "matches"),
    [
        (VERIFIER, CHALLENGE, True),
        (VERIFIER[:-1] + "l", CHALLENGE, False),
        (CHALLENGE, CHALLENGE, False),
        (None, None, True),
        (VERIFIER, None, False),
        (None, CHALLENGE, False),
    ],
)
def test_a_verifier_proves_its_own_challenge_and_none_proves_none(
    verifier: str | None, challenge: str | None, matches: bool
) -> None:
    assert verifier_matches(verifier, challenge) is matches


@pytest.mark.spec("RFC 7636 §4.1")
@pytest.mark.parametrize(
    ("verifier", "good"),
    [
        ("a" * 42, False),
        ("a" * 43, True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("azAZ09-._~" + "a" * 33, True),
        ("a" * 42 + "+", False),
        ("a" * 42 + "é", False),
        ("a" * 43 + "\n", False),
    ],
)
def test_a_verifier_has_43_to_128_unreserved_characters(verifier: str, good: bool) -> None:
    challenge = challenge_of(verifier.encode("ascii", "replace").decode())
    assert verifier_matches(verifier, challenge) is good


@pytest.mark.spec("RFC 7636 §4.2")
@pytest.mark.parametrize(
    ("text", "good"),
    [
        (CHALLENGE, True),
        ("azAZ09-_" + "a" * 35, True),
        (CHALLENGE[:-1], False),
        (CHALLENGE + "a", False),
        (CHALLENGE + "=", False),
        (CHALLENGE + "\n", False),
        (CHALLENGE[:-1] + "+", False),
        ("", False),
    ],
)
def test_a_challenge_has_43_characters_of_base64url(text: str, good: bool) -> None:
    assert is_challenge(text) is good


@pytest.mark.spec("RFC 7515 §2")
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bytes([3, 236, 255, 224, 193]), b"A-z_4ME"),  # Appendix C.
        (b"", b""),
        (b"f", b"Zg"),
        (b"fo", b"Zm8"),
        (b"foo", b"Zm9v"),
        (b"\xfb\xff", b"-_8"),
    ],
)
def test_base64url_has_no_padding(data: bytes, text: bytes) -> None:
    assert b64(data) == text
    assert unb64(text) == data


@pytest.mark.parametrize("text", [b"Z", b"Zm9v!", b"Zm 9v", b"Zm9v\n", b"Zg===="])
def test_what_is_no_base64url_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        unb64(text)
