"""How long rows that have done their work are kept."""

from __future__ import annotations

from datetime import timedelta

FEED = timedelta(days=1)
REQUEST_LOG = timedelta(days=7)
RETIRED_SECRET = timedelta(days=90)
GONE_KEY = timedelta(days=365)
