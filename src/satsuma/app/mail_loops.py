"""Mail in one process: what waits in the outbox is written and sent, or shown where no mail may leave."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from satsuma.app.loops import Loop
from satsuma.app.outbound import mail_policy
from satsuma.app.platform import Platform
from satsuma.domain.effects import Effect
from satsuma.domain.work import Work
from satsuma.outbox.mail import LETTER, MAIL, Mail, Sending
from satsuma.outbox.worker import PAUSE, Do, Worker


def mail_work(platform: Platform) -> list[Loop]:
    """The loops that write letters and send mails."""
    clock = platform.clock.now
    if platform.inbox is not None:
        platform.inbox.tell = _tell(platform)
    policy = mail_policy(platform.settings)
    sending = Sending(platform.vault, platform.outbound.post, policy, clock)
    letters = Worker(platform.store, LETTER, _late_letters(platform), clock, platform.log)
    mails = Worker(platform.store, MAIL, sending, clock, platform.log)
    return [Loop("letters", PAUSE, letters.step), Loop("mail", PAUSE, mails.step)]


def _late_letters(platform: Platform) -> Do:
    """Import what writes letters at the first one."""
    letters: Do | None = None

    async def write(work: Work) -> Sequence[Effect]:
        nonlocal letters
        if letters is None:
            from satsuma.accounts.letters import Letters
            from satsuma.app.accounts import build_accounts
            from satsuma.web.letter_texts import Composer

            composer = Composer(platform.settings.pages_url)
            letters = Letters(build_accounts(platform), composer)
        return await letters(work)

    return write


def _tell(platform: Platform) -> Callable[[Mail], None]:
    def tell(mail: Mail) -> None:
        sys.stdout.write(
            f"  mail           {mail.subject!r} to {mail.to}: {platform.settings.pages_url}/dev/mail\n"
        )
        sys.stdout.flush()

    return tell
