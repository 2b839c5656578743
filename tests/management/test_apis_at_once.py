"""Two operations on an API at once: neither is lost, whichever of them has read before the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from satsuma.domain.apis import Api, ScopeRule
from satsuma.management.apis import (
    NewApi,
    change_api,
    create_api,
    find_api,
    renew_api,
    replace_api,
    set_life_cycle,
)
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from tests.management.between import Happening, new_context, overtaken

NAMED = "poi:1"
NEW = NewApi("poi", 1, "POI", "https://u.example", (ScopeRule("poi:read"), ScopeRule("poi:write")))


@pytest.fixture
async def context() -> ManagementContext:
    return await new_context()


@pytest.fixture
async def api(context: ManagementContext) -> Api:
    return (await create_api(context, NEW))[0]


async def audited(context: ManagementContext) -> list[str]:
    return [row.action for row in await context.store.read(lambda r: r.audit_since(0, 999))]


@pytest.mark.parametrize("life", ["retired", "deprecated"])
async def test_a_change_that_is_overtaken_by_a_retirement_keeps_it(
    context: ManagementContext, api: Api, life: str
) -> None:
    late = overtaken(context, lambda: set_life_cycle(context, NAMED, life))  # type: ignore[arg-type]
    changed, _ = await change_api(late, NAMED, {"title": Edit("New")})
    assert changed == await find_api(context, NAMED)
    assert changed == replace(api, title="New", life_cycle=life)
    assert (await audited(context))[-3:] == ["api.create", "api.life-cycle", "api.replace"]


async def test_a_change_of_the_live_one_that_is_overtaken_by_its_retirement_changes_no_other(
    context: ManagementContext, api: Api
) -> None:
    await create_api(context, replace(NEW, version=2, title="Second"))
    late = overtaken(context, lambda: set_life_cycle(context, "poi:2", "retired"))
    assert (await change_api(late, "poi", {"title": Edit("New")}))[0].version == 2
    assert (await find_api(context, NAMED)).title == "POI"


async def test_of_two_changes_at_once_both_stand(context: ManagementContext, api: Api) -> None:
    other = {
        "upstream": Edit("https://other.example"),
        "scope_texts": Edit(add=(("poi:read", "fr", "Voir des lieux"),)),
    }
    late = overtaken(context, lambda: change_api(context, NAMED, other))
    texts = (("poi:read", "", "See places"), ("poi:write", "", "Change places"))
    await change_api(late, NAMED, {"title": Edit("New"), "scope_texts": Edit(add=texts)})
    found = await find_api(context, NAMED)
    assert (found.title, found.upstream) == ("New", "https://other.example")
    assert found.scope_texts == (texts[0], ("poi:read", "fr", "Voir des lieux"), texts[1])


async def test_an_import_that_is_overtaken_keeps_what_it_does_not_describe(
    context: ManagementContext, api: Api
) -> None:
    sentence = ("poi:read", "fr", "Voir des lieux")
    late = overtaken(
        context,
        lambda: set_life_cycle(context, NAMED, "deprecated"),
        lambda: change_api(context, NAMED, {"scope_texts": Edit(add=(sentence,))}),
    )
    renewed = await renew_api(late, replace(NEW, title="Renewed", scopes=(ScopeRule("poi:read"),)))
    assert renewed == await find_api(context, NAMED)
    assert (renewed.title, renewed.life_cycle) == ("Renewed", "deprecated")
    assert renewed.scope_texts == (sentence,)


async def test_a_change_that_no_longer_holds_beside_an_import_is_refused(
    context: ManagementContext, api: Api
) -> None:
    """The other import takes the scope away whose sentence is given."""
    late = overtaken(
        context, lambda: renew_api(context, replace(NEW, scopes=(ScopeRule("poi:read"),)))
    )
    with pytest.raises(NotPossible) as refused:
        await change_api(
            late, NAMED, {"scope_texts": Edit(add=(("poi:write", "", "Change places"),))}
        )
    assert refused.value.slug == "scope-text-unknown"


async def test_a_replacement_is_of_the_api_as_it_stands(
    context: ManagementContext, api: Api
) -> None:
    await set_life_cycle(context, NAMED, "retired")
    await replace_api(context, api, lambda found: replace(found, timeout=7))
    assert await find_api(context, NAMED) == replace(api, life_cycle="retired", timeout=7)


async def test_who_is_overtaken_every_time_is_told_so(context: ManagementContext, api: Api) -> None:
    moves: list[Happening] = [
        lambda: set_life_cycle(context, NAMED, "deprecated"),
        lambda: set_life_cycle(context, NAMED, "live"),
    ]
    late = overtaken(context, *moves * 50)
    with pytest.raises(NotPossible, match="changed meanwhile") as refused:
        await change_api(late, NAMED, {"title": Edit("New")})
    assert refused.value.slug == "api-changed"
    assert (await find_api(context, NAMED)).title == "POI"
