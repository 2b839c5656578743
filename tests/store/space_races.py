"""Who is in a space, decided by many at once."""

from satsuma.domain.accounts import CreateAccount, DeleteAccount
from satsuma.domain.effects import Effect
from satsuma.domain.spaces import AcceptInvitation, ChangeMember, Invite, RemoveMember
from tests.store.facts import DAY, MINUTE, NOW, account, digest, foundation, invitation
from tests.store.race import POSTGRESQL, Race
from tests.store.racers import Mutation

_LATER = NOW + MINUTE
_OWNERS = "FROM membership m WHERE m.space_id = :space_id AND m.role = 'owner'"
_UNHELD = Mutation(
    "LOCK_SPACE",
    "UPDATE space SET owner_id = owner_id WHERE space_id = :space_id RETURNING space_id",
    "SELECT space_id FROM space WHERE space_id = :space_id",
)


def _owners(n: int) -> list[Effect]:
    """A space with eight owners, the first of whom founded it."""
    made: list[Effect] = list(foundation(n))
    for racer in range(1, 8):
        who = account(f"{n}_{racer}", email=f"p{n}-{racer}@example.org", confirmed_at=NOW)
        asked = invitation(f"{n}_{racer}", n, email=who.email, role="owner")
        made += [
            CreateAccount(who),
            Invite(asked),
            AcceptInvitation(asked.digest, who.account_id, _LATER),
        ]
    return made


def _owner(n: int, racer: int) -> str:
    return f"acc_{n}_{racer}" if racer else f"acc_{n}"


def _invited(n: int) -> list[Effect]:
    who = account(f"{n}9", email=f"nine{n}@example.org", confirmed_at=NOW)
    return [
        *foundation(n),
        CreateAccount(who),
        Invite(invitation(f"same_{n}", n, email=who.email)),
    ]


def _viewer(n: int) -> list[Effect]:
    """Somebody who stays, for whom an owner must be left."""
    return [*_invited(n)[3:], AcceptInvitation(digest(f"same_{n}"), f"acc_{n}9", _LATER)]


def _eight_invited(n: int) -> list[Effect]:
    made: list[Effect] = list(foundation(n))
    for racer in range(8):
        who = account(f"{n}_{racer}", email=f"p{n}-{racer}@example.org", confirmed_at=NOW)
        made += [CreateAccount(who), Invite(invitation(f"{n}_{racer}", n, email=who.email))]
    return made


SPACE_RACES = [
    Race(
        # The condition: an owner is left, by FIND_OWNERS.
        "every-owner-leaves",
        "last-owner",
        lambda n, racer: RemoveMember(f"spc_{n}", _owner(n, racer), "owner", None),
        without=Mutation("FIND_OWNERS", f"SELECT m.account_id {_OWNERS}", "SELECT 1"),
        before=_owners,
        winners=7,
    ),
    Race(
        # The condition: the space is held while its owners are looked at.
        "every-owner-leaves-a-space-that-is-held",
        "last-owner",
        lambda n, racer: ChangeMember(f"spc_{n}", _owner(n, racer), "viewer", "owner", None),
        without=_UNHELD,
        before=_owners,
        winners=7,
        only_on=POSTGRESQL,
    ),
    Race(
        # The condition: an owner is left for the others, by FIND_LAST_OWNED.
        "every-owner-is-deleted",
        "last-owner",
        lambda n, racer: DeleteAccount(_owner(n, racer), _LATER, _LATER + DAY),
        without=Mutation("FIND_LAST_OWNED", "AND m.role = 'owner'", "AND m.role = 'nobody'"),
        before=lambda n: [
            *_owners(n),
            *_viewer(n),
        ],
        winners=7,
    ),
    Race(
        # The condition: the space is held while its members are counted; it has one, and four at most.
        "accept-into-a-bounded-space",
        "space-crowded",
        lambda n, racer: AcceptInvitation(digest(f"{n}_{racer}"), f"acc_{n}_{racer}", _LATER, 4),
        without=_UNHELD,
        before=_eight_invited,
        winners=3,
        only_on=POSTGRESQL,
    ),
]
