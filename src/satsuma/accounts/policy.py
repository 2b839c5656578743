"""What an operator decides about accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from satsuma.accounts.passwords import RECOMMENDED, PasswordCost

SignUp = Literal["open", "invite", "closed"]


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """Who may sign up, how long links live (an invited person expects none), and how often somebody may try.

    `attempts` are tries of one address from one source in `guess_window`; `strange_guesses` are (tries, seconds) of one
    address from all sources that have no session of it; `misses` are failed tries of one source at any address.
    `letters_to` are letters of one kind to one address, `letters_from` those of all kinds that one source asks for,
    each in `letter_window`, which is no longer than a link lives: an address that gets no more has a good one.
    `sandboxes_from` are those that one source opens in `sandbox_window`.
    """

    sign_up: SignUp = "closed"
    link_life: timedelta = timedelta(minutes=30)
    invitation_life: timedelta = timedelta(days=3)
    undo_life: timedelta = timedelta(days=7)
    attempts: int = 10
    guess_window: timedelta = timedelta(minutes=15)
    strange_guesses: tuple[tuple[int, int], ...] = ((10, 60), (60, 3600), (200, 86400))
    misses: int = 100
    letters_to: int = 5
    letters_from: int = 20
    letter_window: timedelta = timedelta(minutes=30)
    sandboxes_from: int = 3
    sandbox_window: timedelta = timedelta(hours=1)
    hashing_threads: int = 2
    hashing_queue: int = 64
    password_cost: PasswordCost = RECOMMENDED
