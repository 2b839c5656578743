"""What operations on accounts work with in one process, without the pages."""

from __future__ import annotations

from dataclasses import replace

from satsuma.accounts.attempts import LoginAttempts
from satsuma.accounts.context import AccountContext as Accounts
from satsuma.accounts.password_hashing import Hashing
from satsuma.accounts.passwords import PasswordCost
from satsuma.accounts.policy import AccountPolicy, SignUp
from satsuma.accounts.stored_costs import StoredCosts
from satsuma.app.platform import Platform


def account_policy(platform: Platform) -> AccountPolicy:
    """What the operator decided about accounts."""
    mode = platform.settings.mode
    by_mode: SignUp = "closed" if mode == "production" else "open"
    settings = platform.settings
    cost = PasswordCost(settings.password_memory, settings.password_passes)
    policy = AccountPolicy(sign_up=settings.sign_up or by_mode, password_cost=cost)
    # A test's people all come from one address.
    return (
        replace(policy, letters_from=10_000, misses=10_000, sandboxes_from=10_000)
        if mode == "test"
        else policy
    )


def login_attempts(platform: Platform) -> LoginAttempts:
    """What counts logins, letters and sandboxes: together, by whichever surface they come."""
    return LoginAttempts(
        account_policy(platform),
        platform.attempts,
        platform.shared_counter,
        platform.clock.monotonic,
    )


def build_accounts(platform: Platform) -> Accounts:
    """Build what operations on accounts work with."""
    policy = account_policy(platform)
    attempts = login_attempts(platform)
    hashing = Hashing(policy.hashing_threads, policy.hashing_queue, policy.password_cost)
    platform.at_end.append(hashing.close)
    costs = StoredCosts(platform.store, platform.clock.monotonic)
    now = platform.clock.now
    return Accounts(platform.store, platform.vault, policy, hashing, attempts, now, costs)
