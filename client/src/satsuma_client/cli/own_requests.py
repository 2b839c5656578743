"""Asking a profile's platform about the requests and the usage of the person's own applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from satsuma_client.cli.profiles import Profile
    from satsuma_client.http.transport import HttpRequest, HttpResponse

_ROOT: Final = "/satsuma/v1"


class DeveloperApi:
    """The developer's own API of a profile's platform, asked with the person's token."""

    def __init__(self, profile: Profile, *, trace: bool = False) -> None:
        """Ask the platform of a profile; raises ClickException, OAuthError, ValueError."""
        from satsuma_client.cli.working import Traced, person_of
        from satsuma_client.http.transport import ByUrllib

        self._auth = person_of(profile, trace=trace)
        self._url = profile.issuer.rstrip("/") + _ROOT
        self._transport = Traced() if trace else ByUrllib()

    def listed(self, **asked: Any) -> Mapping[str, Any]:
        """A page of refused requests, newest first; raises OAuthError."""
        return self._read(f"/requests?{_query(asked)}")

    def used(self, **asked: Any) -> Mapping[str, Any]:
        """What an application used; raises OAuthError."""
        return self._read(f"/usage?{_query(asked)}")

    def explained(self, request_id: str) -> Mapping[str, Any]:
        """Why a request was refused; raises OAuthError."""
        return self._read(f"/requests/{quote(request_id, safe='')}")

    def _read(self, path: str) -> Mapping[str, Any]:
        from satsuma_client.http.error_reading import error_of
        from satsuma_client.http.errors import NotOAuth
        from satsuma_client.protocol.errors import Malformed
        from satsuma_client.protocol.json_object import parse_object

        answer, request = self._asked(path)
        if answer.status != 200:
            raise error_of(answer, request)
        try:
            return parse_object(answer.body)
        except Malformed as why:
            raise NotOAuth("", f"the answer of the platform cannot be read: {why.slug}") from None

    def _asked(self, path: str) -> tuple[HttpResponse, HttpRequest]:
        """Ask; a token that is good no more is renewed, once."""
        from satsuma_client.http.exchange import exchange, get_json

        held = self._auth.held()
        request = get_json(self._url + path, authorization=held.token.authorization())
        answer = exchange(self._transport, request)
        if answer.status == 401:
            self._auth.drop(held)
            request = get_json(self._url + path, authorization=self._auth.token().authorization())
            answer = exchange(self._transport, request)
        return answer, request


def _query(asked: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in asked.items() if value is not None})
