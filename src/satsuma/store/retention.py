"""How long rows that have done their work are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from satsuma.domain.limits import DAY, HOUR, MINUTE

FEED = timedelta(days=1)
REQUEST_LOG = timedelta(days=7)
RETIRED_SECRET = timedelta(days=90)
GONE_KEY = timedelta(days=365)

SESSION_AGE = timedelta(days=30)
"""After a login; whoever sets how long a session lasts keeps within this."""

SESSION_IDLE = timedelta(hours=8)
"""After a session was last seen; whoever sets how long it may idle keeps within this."""

EXPIRED_CODE = timedelta(hours=1)
ENDED_GRANT = timedelta(days=30)
"""After its revocation, its last refresh token's end, or its last use where it never had one."""

EXPIRED_LINK = timedelta(days=1)

EXPIRED_INVITATION = timedelta(days=30)
"""After its last day: as long, whoever follows its link reads whom to ask, and an owner sends it again."""

KEPT_ANSWER = timedelta(seconds=30)
"""After a token response may no longer be asked for again: as far as clocks may be apart."""

USAGE: Final = {HOUR: timedelta(days=9), DAY: timedelta(days=400)}
"""Calls made, by the hour and by the day, after each began: longer than any quota that is judged by them."""

USAGE_COUNTS: Final = {
    MINUTE: (HOUR, timedelta(days=2)),
    HOUR: (DAY, timedelta(days=60)),
    DAY: (None, timedelta(days=400)),
}
"""What applications used, by the length of what is counted: as what it is summed up, and after how long. Days go."""
