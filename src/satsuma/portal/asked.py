"""A request for a page of an application, by somebody in its space."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from satsuma.domain.applications import Client
from satsuma.portal.desk import Here
from satsuma.web.frame import Visitor


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page of an application of a space that the visitor is in.

    `wasted` is how many tokens the application got in the last hour where one would have done, else 0.
    """

    request: Request
    here: Here
    visitor: Visitor
    client: Client
    wasted: int = 0

    @property
    def named(self) -> str:
        """Its Application ID."""
        return self.client.application.application_id
