"""The races over accounts, grants and work; each names the one condition that decides it."""

from collections.abc import Sequence

from satsuma.domain.accounts import (
    AddLink,
    ChangeEmail,
    CreateAccount,
    RenewPasswordHash,
    SetPassword,
    UseLink,
)
from satsuma.domain.applications import CreateApplication
from satsuma.domain.consents import PutSubject
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import IssueCode, RotateRefresh, StartRefreshing, UseCode
from satsuma.domain.sessions import StartSession
from satsuma.domain.work import Enqueue, TakeWork
from tests.store.facts import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    account,
    application,
    code,
    digest,
    foundation,
    grant,
    link,
    refreshing,
    session,
    work,
)
from tests.store.race import Race
from tests.store.racers import Mutation


def rotate(n: int, racer: int = 0) -> RotateRefresh:
    """Rotate the first refresh token of a grant, with an answer of its own."""
    answer = f"answer {racer}".encode()
    return RotateRefresh(f"grt_{n}", 1, NOW, NOW + DAY, answer, NOW + MINUTE)


def refreshable(n: int) -> Sequence[Effect]:
    """A grant that has its first refresh token."""
    return (*foundation(n), IssueCode(code(n), refreshing(n, n)))


GRANT_RACES = [
    Race(
        # The condition: `used_at IS NULL` in USE_CODE.
        "use-code",
        "code-used",
        lambda n, racer: UseCode(digest(n), NOW),
        without=Mutation("USE_CODE", "AND used_at IS NULL"),
        before=lambda n: [*foundation(n), IssueCode(code(n), grant(n, n))],
    ),
    Race(
        # The condition: `generation = 0` in StartRefreshing.
        "start-refreshing",
        "refresh-moved",
        lambda n, racer: StartRefreshing(f"grt_{n}", NOW + DAY, NOW + DAY),
        without=Mutation("StartRefreshing", "AND generation = 0"),
        before=lambda n: [*foundation(n), IssueCode(code(n), grant(n, n))],
    ),
    Race(
        # The condition: `generation = :expected` in RotateRefresh.
        "rotate-refresh",
        "refresh-moved",
        rotate,
        without=Mutation("RotateRefresh", "AND generation = :expected"),
        before=refreshable,
    ),
    Race(
        # The condition: `password_hash = :expected` in RenewPasswordHash.
        "renew-password-hash",
        "password-moved",
        lambda n, racer: RenewPasswordHash(f"acc_{n}", "old", f"new {racer}"),
        without=Mutation("RenewPasswordHash", "AND password_hash = :expected"),
        before=lambda n: [*foundation(n), SetPassword(f"acc_{n}", "old")],
    ),
    Race(
        # The condition: `password_hash = :password_hash` in KEEP_PASSWORD; nobody may win.
        "session-of-an-earlier-password",
        "password-moved",
        lambda n, racer: StartSession(session(f"{n}_{racer}", n), "old"),
        without=Mutation("KEEP_PASSWORD", "AND password_hash = :password_hash"),
        before=lambda n: [*foundation(n), SetPassword(f"acc_{n}", "new")],
        winners=0,
    ),
    Race(
        # The condition: `used_at IS NULL` in USE_LINK.
        "use-link",
        "link-used",
        lambda n, racer: UseLink(digest(n), NOW),
        without=Mutation("USE_LINK", "AND used_at IS NULL"),
        before=lambda n: [*foundation(n), AddLink(link(n, n))],
    ),
    Race(
        # The condition: `due_at <= :at` in TakeWork.
        "take-work",
        "work-taken",
        lambda n, racer: TakeWork(f"wrk_{n}", NOW, NOW + HOUR),
        without=Mutation("TakeWork", "AND due_at <= :at"),
        before=lambda n: [Enqueue(work(n))],
    ),
    Race(
        # The condition: `PRIMARY KEY (account_id, application_id)` of the table.
        "put-subject",
        "subject-exists",
        lambda n, racer: PutSubject(f"acc_{n}", f"app_{n}", f"sub_{n}_{racer}", NOW),
        without=("PRIMARY KEY (account_id, application_id)", "CHECK (1 = 1)"),
        before=foundation,
    ),
    Race(
        # The condition: `UNIQUE (sub)` of the table.
        "put-same-subject",
        "subject-exists",
        lambda n, racer: PutSubject(f"acc_{n}", f"app_{100 * n + racer}", f"same {n}", NOW),
        without=("UNIQUE (sub)", "CHECK (1 = 1)"),
        before=lambda n: [
            *foundation(n),
            *(CreateApplication(application(100 * n + racer, n)) for racer in range(8)),
        ],
    ),
    Race(
        # The condition: `UNIQUE (email)` of the table.
        "change-email",
        "account-exists",
        lambda n, racer: ChangeEmail(
            f"acc_{n}_{racer}", f"same{n}@example.org", account(f"{n}_{racer}").email
        ),
        without=("UNIQUE (email)", "CHECK (1 = 1)"),
        before=lambda n: [CreateAccount(account(f"{n}_{racer}")) for racer in range(8)],
    ),
    Race(
        # The condition: `email = :expected` in CHANGE_EMAIL.
        "change-email-twice",
        "email-moved",
        lambda n, racer: ChangeEmail(f"acc_{n}", f"to{n}-{racer}@example.org", account(n).email),
        without=Mutation("CHANGE_EMAIL", "AND email = :expected"),
        before=lambda n: [CreateAccount(account(n))],
    ),
    Race(
        # The condition: FIND_HOLDER, asked once the address is the account's; nobody may win.
        "create-account-at-a-held-address",
        "address-held",
        lambda n, racer: CreateAccount(account(f"{n}_{racer}", email=account(n).email)),
        without=Mutation("FIND_HOLDER", "l.purpose = 'undo'", "1 = 0"),
        before=lambda n: [
            CreateAccount(account(n)),
            AddLink(link(n, n, purpose="undo", expires_at=NOW + 36_500 * DAY)),
            ChangeEmail(f"acc_{n}", f"thief{n}@example.org", account(n).email),
        ],
        winners=0,
    ),
]
