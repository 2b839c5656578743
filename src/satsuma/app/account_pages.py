"""The pages of accounts in one process: built once, at the first request for a page."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.routing import Route

from satsuma.accounts.guessing import Guesses
from satsuma.accounts.hashing import Hashing
from satsuma.accounts.people import People as Accounts
from satsuma.accounts.policy import AccountPolicy
from satsuma.app.people import People
from satsuma.app.wiring import Platform, sealed_requests, utc_now
from satsuma.counters.memory import MemoryCounter
from satsuma.server.pages.frame import Frame
from satsuma.server.pages.login import Login


def account_policy(platform: Platform) -> AccountPolicy:
    """Give what the operator decided about accounts."""
    return AccountPolicy(sign_up="closed" if platform.settings.mode == "production" else "open")


def build_accounts(platform: Platform) -> Accounts:
    """Build what operations on accounts work with."""
    policy = account_policy(platform)
    guesses = Guesses(policy, MemoryCounter(), platform.shared_counter, time.monotonic)
    hashing = Hashing(policy.hashing_threads, policy.hashing_queue)
    return Accounts(platform.store, platform.vault, policy, hashing, guesses, utc_now)


def account_routes(platform: Platform, people: People) -> list[Route]:
    """Give the routes of login and accounts."""
    frame = Frame(
        people=build_accounts(platform),
        sessions=people.sessions,
        forms=people.forms,
        cookies=people.cookies,
        requests=sealed_requests(platform.vault),
    )
    return [*_login(Login(frame, _application_of(platform, frame)))]


def _application_of(platform: Platform, frame: Frame) -> Callable[[str | None], str]:
    def application(sealed: str | None) -> str:
        asked = frame.asked(sealed)
        client = None if asked is None else platform.picture.directory.find(asked.request.client_id)
        return "" if client is None else client.name

    return application


def _login(login: Login) -> list[Route]:
    return [
        Route("/login", login.show),
        Route("/login", login.sent, methods=["POST"]),
        Route("/logout", login.ask_log_out),
        Route("/logout", login.log_out, methods=["POST"]),
    ]
