"""Names of the standards, and the rows of refusal that parsing itself can give."""

from __future__ import annotations

from typing import Final

CLIENT_CREDENTIALS: Final = "client_credentials"
AUTHORIZATION_CODE: Final = "authorization_code"
REFRESH_TOKEN: Final = "refresh_token"

ID_TOKEN_ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
"""What an ID token can be signed with, the default first."""
ACCESS_TOKEN_ALGORITHMS: Final = ID_TOKEN_ALGORITHMS
"""What a client can have its access tokens signed with, where they are JWTs."""
