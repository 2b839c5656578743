"""Client spaces: whose the applications are, who else is in, and who is invited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from satsuma.domain.effects import Effect

SpaceRole = Literal["owner", "developer", "viewer"]
Act = Literal["see", "change", "people"]
"""What a role allows: to see applications, to change and use them, to say who is in the space."""

MAY: Final[Mapping[SpaceRole, frozenset[Act]]] = {
    "owner": frozenset(("see", "change", "people")),
    "developer": frozenset(("see", "change")),
    "viewer": frozenset(("see",)),
}
"""What each role may. A viewer sees no secret, and nothing is done with one in a viewer's name."""

MOST_MEMBERS: Final = 50
MOST_INVITATIONS: Final = 20
"""How many invitations of one space wait at once."""
INVITATION_LIFE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Space:
    """A client space, holding applications.

    `owner_id` is the account whose own space it is, one per e-mail address; None once that one owns it no more.
    """

    space_id: str
    owner_id: str | None
    created_at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """An account in a space, in a role."""

    space_id: str
    account_id: str
    role: SpaceRole
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody invited to a space in a role, by the digest of the token that the letter brings.

    It waits until it is accepted, withdrawn or sent anew, at most until `expires_at`, and only while who invited owns
    the space.
    """

    invitation_id: str
    digest: bytes
    space_id: str
    email: str
    role: SpaceRole
    invited_by: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Whether it can be accepted at an instant, as far as it says itself."""
        return self.ended_at is None and self.expires_at > now


@dataclass(frozen=True, slots=True)
class CreateSpace(Effect):
    """Add a client space; conflicts `space-exists` where the owner has one, or `account-unknown`."""

    space: Space


@dataclass(frozen=True, slots=True)
class NameSpace(Effect):
    """Give a space another name; conflicts `space-unknown`, `not-owner`, `name-moved` unless it still is `expected`."""

    space_id: str
    name: str
    expected: str
    by: str


@dataclass(frozen=True, slots=True)
class Invite(Effect):
    """Add an invitation; an earlier one of that address to that space ends.

    Conflicts `space-unknown`, `not-owner` unless who invites owns the space, `invitations-full` where `most` others
    wait, `invitation-exists`.
    """

    invitation: Invitation
    most: int = MOST_INVITATIONS


@dataclass(frozen=True, slots=True)
class WithdrawInvitation(Effect):
    """End an invitation; conflicts `space-unknown`, `not-owner`, `invitation-gone` where it has ended already."""

    invitation_id: str
    space_id: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class AcceptInvitation(Effect):
    """Let an account into a space by an invitation, which ends.

    Conflicts `account-unknown`, `account-blocked`, and `invitation-gone` unless it waits at `at`, who invited still
    owns the space, and its address is the confirmed one of the account; `member-exists`, `space-crowded` where `most`
    are in already.
    """

    digest: bytes
    account_id: str
    at: datetime
    most: int = MOST_MEMBERS


@dataclass(frozen=True, slots=True)
class ChangeMember(Effect):
    """Give a member another role; conflicts `member-moved` unless that still is `expected`.

    Conflicts `space-unknown`, `not-owner` unless `by` owns the space (None: nobody is asked), `last-owner` where no
    owner would be left.
    """

    space_id: str
    account_id: str
    role: SpaceRole
    expected: SpaceRole
    by: str | None


@dataclass(frozen=True, slots=True)
class RemoveMember(Effect):
    """Take a member out of a space; conflicts as `ChangeMember` does."""

    space_id: str
    account_id: str
    expected: SpaceRole
    by: str | None
