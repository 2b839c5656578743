"""What consent covers, and what is remembered when more is allowed."""

import pytest

from satsuma.domain.consents import covers, together


@pytest.mark.parametrize(
    ("remembered", "asked", "covered"),
    [
        ("openid email", "openid email", True),
        ("openid email", "email", True),
        ("openid email", "email openid", True),
        ("openid email", "", True),
        ("", "", True),
        ("openid", "openid email", False),
        ("", "openid", False),
        ("openid emails", "email", False),
    ],
)
def test_consent_covers_what_is_among_it(remembered: str, asked: str, covered: bool) -> None:
    assert covers(remembered, asked) is covered


@pytest.mark.parametrize(
    ("before", "more", "both"),
    [
        ("openid", "email", "openid email"),
        ("email openid", "openid profile", "email openid profile"),
        ("", "openid openid", "openid"),
        ("openid", "", "openid"),
        ("", "", ""),
    ],
)
def test_what_is_allowed_adds_to_what_was(before: str, more: str, both: str) -> None:
    assert together(before, more) == both
