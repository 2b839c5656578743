"""Two owners of a client space, each in a process of its own, who act against each other at the same moment."""

from satsuma.domain.spaces import Membership
from satsuma.management import people
from satsuma.management.accounts import create_account, find_account, find_by_email
from satsuma.management.context import ManagementContext
from satsuma.outbox.mail import LETTER, open_body
from tests.store.at_once import act_at_once, management_at


async def take_out_the_other(context: ManagementContext, named: str) -> None:
    """One of two owners takes the other one out."""
    me, other, space_id = named.split()
    by, gone = await find_by_email(context, me), await find_by_email(context, other)
    was = Membership(space_id, gone.account_id, "owner", context.clock())
    await people.remove(context, was, by.account_id)


async def first_takes_second(context: ManagementContext, named: str) -> None:
    await take_out_the_other(context, named)


async def second_takes_first(context: ManagementContext, named: str) -> None:
    me, other, space_id = named.split()
    await take_out_the_other(context, f"{other} {me} {space_id}")


async def test_of_two_owners_who_take_each_other_out_at_once_one_stays(database: str) -> None:
    """Two processes, eight times: exactly one succeeds each time, and the space keeps an owner."""
    context = await management_at(database)
    rounds = []
    for n in range(8):
        one, two = f"one{n}@example.org", f"two{n}@example.org"
        account = await create_account(context, one)
        second = await create_account(context, two)
        _, space = await find_account(context, one)
        made = await people.invite(context, space.space_id, account, two, "owner")
        due = await context.store.read(lambda r: r.due_work(LETTER, context.clock(), 99))
        bodies = [open_body(context.vault, work) for work in due]
        token = next(str(body["token"]) for body in bodies if body["email"] == made.email)
        await people.accept(context, token, second)
        rounds.append(f"{one} {two} {space.space_id}")
    told = act_at_once(database, rounds, first_takes_second, second_takes_first)
    for outcomes, named in zip(zip(*told, strict=True), rounds, strict=True):
        assert sorted(outcomes) == ["done", "not-owner"], named
        members = await people.look_at_people(context, named.split()[2])
        assert [member.role for member, _ in members.members] == ["owner"]
    await context.store.close()
