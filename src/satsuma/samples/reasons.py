"""Why a cell has no program: each sentence stands here once."""

from __future__ import annotations

from typing import Final

AUTHORIZE: Final = (
    "A browser opens the authorization request, and only a web application receives its answer."
)
HANDLER: Final = "Not written yet: the handlers of Java, Node and Go show how a person is sent and who comes back."
RECOMMENDED_ONLY: Final = (
    "Only the recommended form of a language is shown as you would run it in production."
)
PRODUCTION: Final = "A program in production does this step by itself, when it needs a token."
UNWRITTEN: Final = (
    "Not written yet: the programs of Java, Node, Python, Go and Ruby show how it is done."
)
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
