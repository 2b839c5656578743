"""The two guides: their steps, what goes between whom, and which refusals a step can meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from satsuma.portal.diagram import Arrow, Party
from satsuma.samples import Step
from satsuma.web.languages import N_


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step of a guide: its name, what it needs before, the refusals it can meet, the sample that it shows."""

    name: str
    needs: str
    slugs: tuple[str, ...] = ()
    sample: Step | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide at `/guides/{slug}`, of the first of `issuers` that there is, or any that has its `grant`.

    `arrows` are (from, to, words, brief, step, on the wire), in English.
    """

    slug: str
    title: str
    lead: str
    caption: str
    issuers: tuple[str, ...]
    grant: str
    steps: tuple[GuideStep, ...]
    parties: tuple[tuple[str, str], ...]
    arrows: tuple[tuple[int, int, str, str, int, bool], ...]

    def drawn_parties(self, words: Callable[[str], str], names: dict[str, str]) -> list[Party]:
        """The participants, in a language, with the reader's own application and API."""
        return [Party(names.get(name) or words(name), words(role)) for name, role in self.parties]

    def drawn_arrows(self, words: Callable[[str], str], fields: dict[str, Any]) -> list[Arrow]:
        """The messages, in a language, with the reader's own addresses."""

        def said(text: str, is_wire: bool) -> str:
            return (text if is_wire else words(text)) % fields

        return [
            Arrow(start, end, said(long, wire), said(brief, wire), step, wire)
            for start, end, long, brief, step, wire in self.arrows
        ]


APPLICATION: Final = N_("Your application")
API: Final = N_("The API")
_YOURS: Final = N_("your program")
_SERVER: Final = N_("authorization server")
_GATEWAY: Final = N_("behind the gateway")
_PERSON: Final = N_("The person")
_BROWSER: Final = N_("in a browser")

M2M: Final = Guide(
    slug="oauth-m2m",
    title=N_("OAuth M2M in a nutshell"),
    lead=N_("Your server calls an API for itself, with no person involved."),
    caption=N_("Machine to machine in five messages"),
    issuers=("orange-m2m", "standard"),
    grant="client_credentials",
    steps=(
        GuideStep(N_("Before you start"), N_("an application with credentials")),
        GuideStep(
            N_("Request a token"),
            N_("the credentials of step 1"),
            (
                "client-refused",
                "duplicate-credentials",
                "not-acceptable",
                "too-many-token-requests",
                "grant-type-unsupported",
            ),
            "token-header",
        ),
        GuideStep(
            N_("Call the API"),
            N_("the token of step 2"),
            (
                "credentials-missing",
                "token-forged",
                "token-expired",
                "not-subscribed",
                "spike-arrest",
            ),
            "call",
        ),
    ),
    parties=((APPLICATION, _YOURS), ("Satsuma", _SERVER), (API, _GATEWAY)),
    arrows=(
        (1, 0, N_("client_id and client_secret, once"), N_("credentials"), 1, False),
        (0, 1, "POST %(token_path)s", "POST …/token", 2, True),
        (1, 0, N_("access_token, for one hour"), "access_token", 2, False),
        (0, 2, "GET %(call_path)s", "GET …", 3, True),
        (2, 0, N_("200, and what you asked for"), "200", 3, False),
    ),
)
U2M: Final = Guide(
    slug="oauth-u2m",
    title=N_("OAuth U2M in a nutshell"),
    lead=N_("A person logs in and allows your application to act for them."),
    caption=N_("User to machine in nine messages"),
    issuers=("orange-u2m", "standard"),
    grant="authorization_code",
    steps=(
        GuideStep(N_("Before you start"), N_("an application with a redirect address")),
        GuideStep(
            N_("Ask for a code"),
            N_("a redirect address that is registered"),
            (
                "redirect-uri-unregistered",
                "state-missing",
                "authorize-scope-refused",
                "access-denied",
            ),
            "authorize",
        ),
        GuideStep(
            N_("Exchange the code"),
            N_("the code of step 2"),
            ("code-reused", "code-unknown", "redirect-uri-mismatch", "client-refused"),
            "exchange",
        ),
        GuideStep(
            N_("Refresh the token"),
            N_("the refresh token of step 3"),
            ("refresh-unknown", "refresh-expired", "refresh-revoked", "client-refused"),
            "refresh",
        ),
        GuideStep(
            N_("Call the API"),
            N_("a token of step 3 or 4"),
            ("credentials-missing", "token-forged", "token-expired", "scope-missing"),
            "call",
        ),
    ),
    parties=((_PERSON, _BROWSER), (APPLICATION, _YOURS), ("Satsuma", _SERVER), (API, _GATEWAY)),
    arrows=(
        (1, 0, N_("303, to the address you built"), "303", 2, False),
        (0, 2, "GET %(authorize_path)s", "GET …", 2, True),
        (2, 0, N_("log in, then allow or deny"), N_("log in"), 2, False),
        (0, 1, "GET …/callback?code=…&state=…", "?code=…", 2, True),
        (1, 2, "POST %(token_path)s", "POST …", 3, True),
        (2, 1, N_("access and refresh token"), N_("tokens"), 3, False),
        (1, 2, "POST %(token_path)s", "POST …", 4, True),
        (1, 3, "GET %(call_path)s", "GET …", 5, True),
        (3, 1, N_("200, the person’s data"), "200", 5, False),
    ),
)
GUIDES: Final = {guide.slug: guide for guide in (M2M, U2M)}
