"""A token that an API refused is not handed out again by one who looks while it is being forgotten."""

from collections.abc import Callable

from satsuma_client import ClientCredentials, MemoryCache
from tests.client.token_server import TokenServer


class WatchedCache(MemoryCache):
    """Calls somebody at the next reading."""

    def __init__(self) -> None:
        super().__init__()
        self.at_reading: Callable[[], object] | None = None

    def load(self, key: str) -> bytes | None:
        called, self.at_reading = self.at_reading, None
        if called is not None:
            called()
        return super().load(key)


def test_who_looks_while_a_token_is_forgotten_does_not_bring_it_back(server: TokenServer) -> None:
    cache = WatchedCache()
    auth = ClientCredentials(server.token_url, "client", "secret", cache=cache)
    held = auth.held()
    cache.at_reading = auth.token  # another thread, whose own API call begins just now
    auth.drop(held)
    assert auth.token().access_token.reveal() == "token-2"
    assert server.asked == 2
