"""What is weaker than the default is said at every start."""

import pytest

from satsuma.app.settings import load_settings


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("SATSUMA_SANDBOX", "true", "sandbox"),
        ("SATSUMA_TRUSTED_PROXIES", "10.0.0.1/32,0.0.0.0/0", "proxy"),
        ("SATSUMA_TRUSTED_PROXIES", "::/0", "proxy"),
    ],
)
def test_a_loosened_setting_is_said(name: str, value: str, word: str) -> None:
    assert not [line for line in load_settings(None, {}, {}).loosened() if word in line]
    assert [line for line in load_settings(None, {name: value}, {}).loosened() if word in line]
