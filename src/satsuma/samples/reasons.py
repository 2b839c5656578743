"""Why a cell has no program: each sentence stands here once."""

from __future__ import annotations

from typing import Final

AUTHORIZE: Final = (
    "A browser opens the authorization request, and only a web application receives its answer."
)
RECOMMENDED_ONLY: Final = (
    "Only the recommended form of a language is shown as you would run it in production."
)
PRODUCTION: Final = "A program in production does this step by itself, when it needs a token."
NO_KEEPER: Final = "A shell script and a page have no place that keeps a token for others."
ROBUST: Final = "This library takes care of all that by itself: one request is the whole of it."
LIBRARY_TOKEN: Final = "The library sends a token, it does not revoke one."
LIBRARY_BODY: Final = "The library puts the credentials into the header."
SDK_REVOKE: Final = (
    "The SDK revokes what it got itself; a token from elsewhere is revoked by its command line."
)
SDK_ONE: Final = (
    "The SDK gets the token by itself before it calls: that is its form for production."
)
SDK_EXCHANGE: Final = (
    "The SDK exchanges the code where the person comes back: see the step authorize."
)
SECRET_IN_PAGE: Final = (
    "Never in a page you publish: whoever opens it can read the secret. For your own machine alone."
)
FLOWS_ONLY: Final = "The library speaks OAuth 2.0, and sends no request of another kind."
METHOD: Final = "The library does not know this method."
BODY_OF_GET: Final = "The library sends no body with GET or HEAD."
TYPE_OF_NOTHING: Final = "The library has a Content-Type for a body alone, and there is none."
UNKNOWN_HOST: Final = (
    "The library is told host or scheme apart, and the environment has them in one address."
)
HEADER: Final = "The platform writes one of these headers by itself, and lets nobody name another."
HEADER_TWICE: Final = "A header is named twice here, and the library keeps one of each name."
HEADER_SIGNS: Final = "A header has signs here that libraries encode each in a way of their own."
HEADER_EMPTY: Final = "A header is empty here, and not every library sends one."
