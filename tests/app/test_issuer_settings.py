"""What an issuer may not be set to: each preset by each profile of JWTs."""

import itertools
from typing import Any, get_args

import pytest

from satsuma.app.issuer_settings import BadSettings, IssuerSettings, policy_of
from satsuma.domain.issuers import PRESETS, JwtProfile

CASES = list(itertools.product(PRESETS, get_args(JwtProfile)))


@pytest.mark.parametrize(("preset", "profile"), CASES)
def test_tokens_of_people_say_whose_they_are(preset: str, profile: Any) -> None:
    settings = IssuerSettings(preset=preset, token_format="jwt", jwt_profile=profile)
    if PRESETS[preset].has_people and profile == "orange":
        with pytest.raises(BadSettings, match=r"issuers.mine: jwt_profile = \"orange\""):
            policy_of("mine", settings)
    else:
        assert policy_of("mine", settings).jwt_profile == profile
