"""What a password costs is set by the operator, and a weak setting is said."""

import pytest

from satsuma.accounts.passwords import PasswordCost, is_enough
from satsuma.app.settings import BadSettings, load_settings


@pytest.mark.parametrize(
    ("memory", "passes", "enough"),
    [
        (19_456, 2, True),
        (47_104, 1, True),
        (7_168, 5, True),
        (65_536, 3, True),
        (19_455, 2, False),
        (19_456, 1, False),
        (7_168, 4, False),
    ],
)
def test_what_is_weaker_than_recommended_is_said(memory: int, passes: int, enough: bool) -> None:
    chosen = {"SATSUMA_PASSWORD_MEMORY": str(memory), "SATSUMA_PASSWORD_PASSES": str(passes)}
    settings = load_settings(None, chosen, {})
    assert is_enough(PasswordCost(settings.password_memory, settings.password_passes)) == enough
    said = [line for line in settings.loosened() if "password" in line]
    assert bool(said) != enough


@pytest.mark.parametrize("memory", ["0", "7167", "a lot"])
def test_what_is_far_too_little_refuses_to_start(memory: str) -> None:
    with pytest.raises(BadSettings):
        load_settings(None, {"SATSUMA_PASSWORD_MEMORY": memory}, {})
