"""`/dev/mail`: the mails of a demo or a test, which leave this machine never."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satsuma.outbox.mail import Inbox, Mail
from satsuma.web.pages import page

_LINK: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class DevMail:
    """Shows the mails of `inbox`, newest first."""

    inbox: Inbox

    async def show(self, request: Request) -> Response:
        """List the mails with their links."""
        mails = [(mail, _link(mail)) for mail in self.inbox.mails()]
        return page("dev_mail.html", request=request, mails=mails)

    async def one(self, request: Request) -> Response:
        """Show one mail's HTML part as a mail program would, without anything active."""
        wanted = request.path_params["mail_id"]
        for mail in self.inbox.mails():
            if mail.mail_id == wanted:
                return page("dev_mail_one.html", request=request, mail=mail, link=_link(mail))
        raise HTTPException(404)


def _link(mail: Mail) -> str:
    found = _LINK.search(mail.text.partition("\n--\n")[0])
    return found[0] if found else ""
