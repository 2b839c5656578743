"""How a standard's text is refused that is not well formed."""

from __future__ import annotations

from typing import Final

SLUGS: Final = frozenset(
    {
        # Forms and the Basic header; the platform has a row of refusal for each.
        "bad-encoding",
        "bad-escape",
        "basic-undecodable",
        "nul-character",
        "repeated-parameter",
        "too-many-parameters",
        # Messages.
        "authorization-not-basic",
        "challenge-malformed",
        "client-authenticated-twice",
        "issuer-mismatch",
        "json-malformed",
        "json-member-repeated",
        "json-not-object",
        "json-too-deep",
        "member-malformed",
        "member-missing",
        "message-too-large",
        "parameter-malformed",
        "parameter-missing",
        "parameter-unsupported",
        "response-ambiguous",
    }
)
"""Every slug that Malformed carries, one per cause."""


class Malformed(Exception):
    """What was read is not well formed; `slug` names the rule, `detail` what was compared, never a secret."""

    def __init__(self, slug: str, **detail: str | int | None) -> None:
        super().__init__(slug)
        self.slug = slug
        self.detail = detail
