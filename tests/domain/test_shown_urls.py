"""What is said of a URL that is refused repeats no password."""

import pytest

from satsuma.app.service_settings import read_origin
from satsuma.domain.web_urls import without_user
from satsuma.management.api_fields import canonical_upstream
from satsuma.management.fields import BadValue


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://api.example", "https://api.example"),
        ("https://ann:hunter2@api.example/x", "https://…@api.example/x"),
        ("https://ann:hunter2@evil@api.example", "https://…@api.example"),
        ("ann:hunter2@api.example", "…@api.example"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_its_user(written: str, shown: str) -> None:
    assert without_user(written) == shown


@pytest.mark.parametrize(
    "url", ["https://ann:hunter2@api.example", "ftp://ann:hunter2@api.example"]
)
def test_a_refused_url_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"api\.example") as setting:
        read_origin(url)
    with pytest.raises(BadValue, match=r"api\.example") as upstream:
        canonical_upstream(url)
    assert "hunter2" not in str(setting.value) + str(upstream.value)
