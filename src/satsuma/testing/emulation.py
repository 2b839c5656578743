"""A test's server that wears the guides' own host, for programs that have its address written into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from satsuma.app.clock import SYSTEM
from satsuma.app.settings import BadSettings, Settings
from satsuma.testing.certificates import Authority
from satsuma.testing.control import PREFIX, ControlledServer
from satsuma.testing.listening import bound
from satsuma_client.protocol import loopback

HOST: Final = "api.orange.com"
HTTPS: Final = 443


class EmulatedServer(ControlledServer):
    """Answers as `https://api.orange.com` on loopback; its pages and its control endpoint are on another port.

    `authority` is whom a program must trust. Raises OSError where the port is taken or not ours to take.
    """

    def __init__(
        self, *, tls_host: str = "127.0.0.1", tls_port: int = HTTPS, **options: Any
    ) -> None:
        self.authority = Authority.of_one_name(HOST, SYSTEM.now())
        if tls_host not in loopback.LITERALS:
            raise BadSettings(f"host: {HOST} is worn on this machine alone, not on {tls_host}")
        self._tls_socket = bound(tls_host, tls_port)
        try:
            port = self._tls_socket.getsockname()[1]
            url = f"https://{HOST}" + ("" if port == HTTPS else f":{port}")
            super().__init__(api_url=url, **options)
            try:
                context = self.authority.context(HOST, SYSTEM.now())
                self.listen_too(self._tls_socket, context)
            except BaseException:
                self.close()
                raise
        except BaseException:
            self._tls_socket.close()
            raise

    @property
    def control_url(self) -> str:
        """Where the control endpoint is: on loopback by its own name, whoever the server seems to be."""
        return f"http://127.0.0.1:{self.settings.port}{PREFIX}"

    def check(self, settings: Settings) -> None:
        """The one public name it may have is the one that it wears."""
        self.check_is_here(settings, ("host", "pages_url"))

    def hosts_line(self) -> str:
        """What a file of hosts says, so that programs find it."""
        return f"{self._tls_socket.getsockname()[0]} {HOST}"

    def guide_application(self, redirect_uris: Sequence[str]) -> Any:
        """An application as the guides have it: subscribed to the shops."""
        return self.application("Guide", apis=[self.shops()], redirect_uris=redirect_uris)

    def close(self) -> None:
        """End it, and both ports."""
        super().close()
        self._tls_socket.close()
