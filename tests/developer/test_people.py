"""What a person reads of a client space of somebody else: as a member all, whatever the role, and else nothing."""

from typing import Any

from satsuma.domain.spaces import AcceptInvitation, Invitation, Invite, SpaceRole
from satsuma.management import people
from satsuma.management.accounts import find_account
from satsuma.testing import User
from tests.developer.conftest import World


def join(world: World, owner: User, guest: User, role: SpaceRole) -> Any:
    """Let a person into the space of another; give the membership."""
    context = world.server._live.context

    async def work() -> Any:
        account, space = await find_account(context, owner.email)
        joining, _ = await find_account(context, guest.email)
        digest, now = guest.email.encode(), context.clock()
        ids = (f"inv_{guest.email}", digest, space.space_id, guest.email, role)
        made = Invitation(*ids, account.account_id, now, now.replace(year=now.year + 1))
        await context.store.commit(Invite(made), AcceptInvitation(digest, joining.account_id, now))
        return await context.store.read(
            lambda r: r.find_membership(space.space_id, joining.account_id)
        )

    return world.server._run(work())


def test_a_viewer_reads_the_space_and_its_own_and_nothing_after_leaving(world: World) -> None:
    (ada, _), (bob, his) = world.person(), world.person()
    shops, own = world.application(ada, "Shops"), world.application(bob, "Own")
    assert world.get(f"/applications/{shops.application_id}", his).status == 404
    member = join(world, ada, bob, "viewer")
    listed = world.get("/applications", his).json["applications"]
    both = sorted([shops.application_id, own.application_id])
    assert [each["application_id"] for each in listed] == both
    page = world.get("/applications", his, limit=1).json
    rest = world.get("/applications", his, limit=1, after=page["after"]).json
    pages = [*page["applications"], *rest["applications"]]
    assert [each["application_id"] for each in pages] == both
    assert rest["after"] is None
    told = world.get(f"/applications/{shops.client_id}", his)
    assert told.status == 200
    assert shops.client_secret not in str(told.json)
    refused, mine = world.refused(shops), world.refused(own)
    found = world.get("/requests", his).json["requests"]
    assert [each["request_id"] for each in found][:2] == [mine, refused]
    assert world.get(f"/requests/{refused}", his).status == 200
    assert world.get("/usage", his, application=shops.client_id).status == 200

    world.server._run(people.leave(world.server._live.context, member))
    assert world.get(f"/applications/{shops.application_id}", his).status == 404
    assert world.get(f"/requests/{refused}", his).status == 404
    listed = world.get("/applications", his).json["applications"]
    assert [each["application_id"] for each in listed] == [own.application_id]
