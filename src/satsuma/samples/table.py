"""The table of targets: a row each, the recommended one of a language first. A new target is a file and a row."""

from __future__ import annotations

from typing import Final

from satsuma.samples.sample import Target
from satsuma.samples.targets import (
    browser_fetch,
    browser_jquery,
    browser_xhr,
    csharp_http_client,
    curl,
    go_net_http,
    go_oauth2,
    java_http_client,
    java_http_url_connection,
    java_jsoup,
    java_okhttp,
    kotlin_okhttp,
    node_fetch,
    node_https,
    php_curl,
    python_http_client,
    python_httpx2,
    python_requests,
    python_sdk,
    ruby_net_http,
    rust_reqwest,
)

_TARGETS: Final[tuple[Target, ...]] = (
    curl.TARGET,
    php_curl.TARGET,
    csharp_http_client.TARGET,
    kotlin_okhttp.TARGET,
    rust_reqwest.TARGET,
    browser_fetch.TARGET,
    browser_jquery.TARGET,
    browser_xhr.TARGET,
    java_http_client.TARGET,
    java_http_url_connection.TARGET,
    java_jsoup.TARGET,
    java_okhttp.TARGET,
    node_fetch.BUILT_IN,
    node_fetch.NODE_FETCH,
    node_https.TARGET,
    python_sdk.TARGET,
    python_requests.TARGET,
    python_httpx2.TARGET,
    python_http_client.TARGET,
    go_net_http.TARGET,
    go_oauth2.TARGET,
    ruby_net_http.TARGET,
)

_BY_SLUG: Final = {row.slug: row for row in _TARGETS}


def targets() -> tuple[Target, ...]:
    """Every target, in the order in which pages show them."""
    return _TARGETS


def target_of(slug: str) -> Target:
    """The target of that name; raises KeyError for none."""
    return _BY_SLUG[slug]
