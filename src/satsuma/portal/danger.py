"""The end of an application, for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from satsuma.management.applications import revoke_application
from satsuma.portal.application_pages import OwnApplication, with_status
from satsuma.portal.asked import Asked
from satsuma.web.languages import N_, say
from satsuma.web.pages import see

_WRONG_NAME: Final = N_("Type the name of the application exactly.")


@dataclass(frozen=True, slots=True)
class DangerPages:
    """Shows what ends with an application, and deletes it."""

    own: OwnApplication

    def routes(self, base: str) -> list[Route]:
        """The routes of the tab."""
        own = self.own
        return [
            Route(f"{base}/danger", own.page(self.show), methods=["GET"]),
            Route(
                f"{base}/danger/delete",
                own.form(self.delete, self.show, fresh=True),
                methods=["POST"],
            ),
            Route(f"{base}/danger/delete", own.page(self.show), methods=["GET"]),
        ]

    async def show(self, asked: Asked) -> Response:
        """Show what ends."""
        return self.own.show(asked, "danger", error="")

    async def delete(self, asked: Asked, form: dict[str, str]) -> Response:
        """Delete the application for good, where its name was typed."""
        if form.get("name", "").strip() != asked.client.application.name:
            error = say(asked.request, _WRONG_NAME)
            return with_status(self.own.show(asked, "danger", error=error), 400)
        if asked.client.application.state != "revoked":
            await revoke_application(self.own.desk.context(asked.visitor), asked.named)
        return see("/myapps?done=deleted")
