"""Replaying a failing request piece by piece: which of its faults it fails by, and what is left to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from satsuma_client.cli.mends import MENDS, Known, Mend, differs_at, form_of, with_form
from satsuma_client.http.clock import Clock, skew_of, system_clock
from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import InvalidScope, NoAnswer, OAuthError, class_for
from satsuma_client.http.exchange import exchange
from satsuma_client.http.transport import HttpRequest, HttpResponse, Transport

_CLOCK: Final = 30.0
"""Seconds of a wrong clock by which what is signed and dated is refused."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and the exact command that mends it."""

    name: str
    says: str
    command: str = ""


class Replay:
    """One failing request, sent as it is and without each of its faults."""

    def __init__(
        self, request: HttpRequest, known: Known, transport: Transport, clock: Clock = system_clock
    ) -> None:
        self.request = request
        self._known = known
        self._transport = transport
        self._clock = clock
        self.skew = 0.0
        self.answer: HttpResponse | None = None
        self.error: OAuthError | None = None

    def faults(self) -> list[tuple[Mend, HttpRequest]]:
        """The faults by which it fails, in order, each with the request without it alone; empty for one that works.

        A candidate without which nothing changes is none: the request is sent without all of them but that one.
        """
        if self.works(self.request):
            return []
        found = [mend for mend in MENDS if self._without(mend, self.request) is not None]
        best = self._outcome(self._mended(found))
        causes = [each for each in found if self._outcome(self._mended(found, but=each)) != best]
        return [(each, self._mended([each])) for each in causes]

    def rest(self, causes: list[Mend]) -> OAuthError | None:
        """Why the request fails also without its faults; None where it does not."""
        return None if self.works(self._mended(causes)) else self.error

    def refused_scopes(self, causes: list[Mend]) -> tuple[str, ...]:
        """Which of its scopes the server refuses, each asked for alone."""
        request = self._mended(causes)
        form = form_of(request)
        scopes = form.get("scope", "").split()
        if not isinstance(self.error, InvalidScope):
            return ()
        asked = {each: with_form(request, {**form, "scope": each}) for each in scopes}
        return tuple(each for each, alone in asked.items() if not self.works(alone))

    def without_scopes(self, refused: tuple[str, ...]) -> HttpRequest:
        """The request without the scopes that are refused."""
        form = form_of(self.request)
        left = " ".join(each for each in form.get("scope", "").split() if each not in refused)
        return with_form(
            self.request,
            {**form, "scope": left} if left else {k: v for k, v in form.items() if k != "scope"},
        )

    def works(self, request: HttpRequest) -> bool:
        """Send it, and say whether it is answered as it is meant to be."""
        before = self._clock()
        try:
            answer = exchange(self._transport, request)
        except NoAnswer as error:
            self.answer, self.error = None, error
            return False
        self.answer = answer
        skew = skew_of(answer.header("date"), before.wall, self._clock().wall)
        self.skew = skew if abs(skew) >= _CLOCK else 0.0
        self.error = error_of(answer, request) if answer.status >= 400 else _redirected(answer)
        return self.error is None

    def _outcome(self, request: HttpRequest) -> tuple[bool, str, str | None]:
        works, error = self.works(request), self.error
        return (
            works,
            "" if error is None else f"{error.error}{error.code}{error.status}",
            (None if error is None else error.description),
        )

    def _mended(self, mends: list[Mend], but: Mend | None = None) -> HttpRequest:
        request = self.request
        for each in mends:
            if each is not but:
                request = self._without(each, request) or request
        return request

    def _without(self, mend: Mend, request: HttpRequest) -> HttpRequest | None:
        return mend.mended(request, self._known)


def _redirected(answer: HttpResponse) -> OAuthError | None:
    """The error with which a browser is sent back, None for any other answer.

    Spec: RFC 6749 §4.1.2.1.
    """
    from urllib.parse import parse_qsl, urlsplit

    sent = dict(parse_qsl(urlsplit(answer.header("location") or "").query))
    if "error" not in sent:
        return None
    kind = class_for(sent["error"], None, None)
    return kind(sent["error"], sent.get("error_description"), status=answer.status)


def redirect_uri_says(request: HttpRequest, registered: str | None) -> str:
    """Where the redirect URI that is sent leaves the registered one."""
    from urllib.parse import parse_qsl, urlsplit

    sent: Mapping[str, str] = {**dict(parse_qsl(urlsplit(request.url).query)), **form_of(request)}
    at = differs_at(sent.get("redirect_uri", ""), registered or "")
    return f"The redirect_uri differs from the registered one at character {at}."


def without(request: HttpRequest, name: str, known: Known) -> HttpRequest | None:
    """The request without the fault of a name; None where it is not there."""
    found = next((each for each in MENDS if each.name == name), None)
    return None if found is None else found.mended(request, known)
