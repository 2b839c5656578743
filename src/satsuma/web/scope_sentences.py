"""What each scope means to a person, one plain sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from satsuma.domain.apis import Api
from satsuma.domain.built_in_client import OWN_APPLICATIONS
from satsuma.web.languages import N_

PERSON: Final = {
    "openid": N_("Recognise you when you come back"),
    "profile": N_("See your name and your language"),
    "email": N_("See your e-mail address"),
    "offline_access": N_("Keep its access while you are away, until you remove it"),
    OWN_APPLICATIONS: N_("See your applications, and which of their requests were refused"),
    "profile_sandbox": N_("See the sandbox's invented profile"),
}
_AS_PROVIDED: Final = "%(sentence)s"
OF_AN_API: Final = N_("Use “%(title)s” for you (%(scope)s)")


class ScopeSentence(NamedTuple):
    """A scope, its sentence to be translated with `values`, and whether it is asked for the first time."""

    scope: str
    sentence: str
    values: dict[str, str]
    is_new: bool


def scope_sentences(
    scopes: Iterable[str], new: Iterable[str], apis: Iterable[Api], language: str
) -> tuple[ScopeSentence, ...]:
    """The sentence of each scope, in the order asked: the provider's in a language, or in general, or ours."""
    listed = tuple(apis)
    titles = {rule.scope: api.title for api in listed for rule in api.scopes}
    texts = {(scope, spoken): text for api in listed for scope, spoken, text in api.scope_texts}
    fresh = set(new)

    def sentence(scope: str) -> ScopeSentence:
        if scope in PERSON:
            return ScopeSentence(scope, PERSON[scope], {}, scope in fresh)
        provided = texts.get((scope, language)) or texts.get((scope, ""))
        if provided is not None:
            return ScopeSentence(scope, _AS_PROVIDED, {"sentence": provided}, scope in fresh)
        values = {"title": titles.get(scope, scope), "scope": scope}
        return ScopeSentence(scope, OF_AN_API, values, scope in fresh)

    return tuple(sentence(scope) for scope in scopes)
