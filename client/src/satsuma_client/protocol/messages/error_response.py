"""The error responses of the token endpoint and of an API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import Members, parse_object, present, render_object


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """Why a request got nothing, in the registry's word and in a sentence for developers.

    Spec: RFC 6749 §5.2.
    """

    error: str
    error_description: str | None = None
    error_uri: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, body: bytes) -> ErrorResponse:
        """Read a response's JSON; raises Malformed.

        Spec: RFC 6749 §5.2.
        """
        members = Members(parse_object(body))
        return cls(
            error=members.required_text("error"),
            error_description=members.text("error_description"),
            error_uri=members.text("error_uri"),
            more=members.others(),
        )

    def render(self) -> bytes:
        """The response's JSON.

        Spec: RFC 6749 §5.2.
        """
        known = {
            "error": self.error,
            "error_description": self.error_description,
            "error_uri": self.error_uri,
        }
        return render_object(present(known, self.more))


@dataclass(frozen=True, slots=True)
class ApiErrorResponse:
    """Why a call got nothing, in the envelope of the APIs: a number, its name, and a sentence.

    Spec: OAuth M2M guide, step 2.
    """

    code: int
    message: str
    description: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, body: bytes) -> ApiErrorResponse:
        """Read a response's JSON; raises Malformed."""
        members = Members(parse_object(body))
        code = members.whole_number("code")
        if code is None:
            raise Malformed("member-missing", member="code")
        return cls(
            code, members.required_text("message"), members.text("description"), members.others()
        )

    def members(self) -> dict[str, Any]:
        """Each member that has a value."""
        known = {"code": self.code, "message": self.message, "description": self.description}
        return present(known, self.more)

    def render(self) -> bytes:
        """The response's JSON."""
        return render_object(self.members())
