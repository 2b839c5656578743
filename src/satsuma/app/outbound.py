"""What leaves a process by itself: mail, and calls of upstreams."""

from __future__ import annotations

from dataclasses import dataclass

from satsuma.app.settings import Settings
from satsuma.gateway.upstream import Upstreams
from satsuma.outbox.mail import Inbox, MailPolicy, Post, SmtpPost


@dataclass(frozen=True, slots=True)
class Outbound:
    """`post` brings mails away, `upstreams` holds the connections to the APIs' upstreams."""

    post: Post
    upstreams: Upstreams

    async def close(self) -> None:
        """Let go of every connection."""
        await self.upstreams.close()


def outbound_of(settings: Settings) -> Outbound:
    """What the settings name: their mail server, or a page that shows mails instead; upstreams over the network."""
    post: Post = Inbox() if settings.shows_mail() else SmtpPost(mail_policy(settings))
    return Outbound(post, Upstreams())


def mail_policy(settings: Settings) -> MailPolicy:
    """Where mail goes and from whom."""
    return MailPolicy(settings.smtp_url, settings.mail_from)
