"""An application's state is what the last of two operations saw and judged, never what it had read before the other."""

from __future__ import annotations

import pytest

from satsuma.domain.applications import Application, ApplicationState
from satsuma.management.accounts import create_account
from satsuma.management.applications import (
    create_application,
    find_client,
    revoke_application,
    set_state,
)
from satsuma.management.context import ManagementContext, NotPossible
from tests.management.between import Happening, new_context, overtaken


@pytest.fixture
async def context() -> ManagementContext:
    return await new_context()


@pytest.fixture
async def application(context: ManagementContext) -> Application:
    await create_account(context, "owner@example.org")
    return (await create_application(context, "App", "owner@example.org")).application


async def state(context: ManagementContext, application: Application) -> ApplicationState:
    return (await find_client(context, application.application_id)).application.state


async def audited(context: ManagementContext) -> list[str]:
    return [row.action for row in await context.store.read(lambda r: r.audit_since(0, 99))]


@pytest.mark.parametrize("wanted", ["active", "blocked", "pending"])
async def test_who_is_overtaken_by_a_revocation_is_told_that_it_is_for_good(
    context: ManagementContext, application: Application, wanted: ApplicationState
) -> None:
    named = application.application_id
    late = overtaken(context, lambda: revoke_application(context, named))
    with pytest.raises(NotPossible) as refused:
        await set_state(late, named, wanted)
    assert refused.value.slug == "application-revoked"
    assert await state(context, application) == "revoked"
    assert "application.state" not in await audited(context)


async def test_who_is_overtaken_by_a_move_judges_again_and_moves(
    context: ManagementContext, application: Application
) -> None:
    named = application.application_id
    late = overtaken(context, lambda: set_state(context, named, "pending"))
    await set_state(late, named, "blocked")
    assert await state(context, application) == "blocked"
    assert (await audited(context))[-2:] == ["application.state"] * 2


async def test_a_revocation_that_is_overtaken_by_a_move_revokes_all_the_same(
    context: ManagementContext, application: Application
) -> None:
    named = application.application_id
    late = overtaken(
        context,
        lambda: set_state(context, named, "blocked"),
        lambda: set_state(context, named, "active"),
    )
    await revoke_application(late, named)
    found = await find_client(context, named)
    assert found.application.state == "revoked"
    assert all(secret.ciphertext is None for secret in found.secrets)
    assert found.application.generation == application.generation + 1


async def test_who_is_overtaken_every_time_is_told_so(
    context: ManagementContext, application: Application
) -> None:
    named = application.application_id
    moves: list[Happening] = [
        lambda: set_state(context, named, "blocked"),
        lambda: set_state(context, named, "active"),
    ]
    late = overtaken(context, *moves * 50)
    with pytest.raises(NotPossible, match="changed meanwhile") as refused:
        await set_state(late, named, "pending")
    assert refused.value.slug == "state-moved"
    assert 2 <= 100 - len(late.store.happenings) <= 10  # type: ignore[attr-defined]
