"""What counts as one source, for every room that counts by source."""

import pytest

from satsuma.http.sources import network


@pytest.mark.parametrize(
    ("source", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("unknown", "unknown"),
        ("x" * 100, "x" * 64),
        ("", ""),
    ],
)
@pytest.mark.spec("RFC 4291 §2.5.4")
@pytest.mark.spec("RFC 4291 §2.5.5.2")
def test_an_ipv6_customer_is_one_source(source: str, counted: str) -> None:
    assert network(source) == counted
