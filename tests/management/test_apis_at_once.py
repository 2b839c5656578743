"""Two operations on an API at once: neither is lost, whichever of them has read before the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from satsuma.domain.apis import Api, ScopeRule
from satsuma.management.apis import (
    ApiChange,
    NewApi,
    change_api,
    create_api,
    find_api,
    renew_api,
    replace_api,
    set_life_cycle,
)
from satsuma.management.context import ManagementContext, NotPossible
from tests.management.between import Happening, new_desk, overtaken

NAMED = "poi:1"
NEW = NewApi("poi", 1, "POI", "https://u.example", (ScopeRule("poi:read"), ScopeRule("poi:write")))


@pytest.fixture
async def desk() -> ManagementContext:
    return await new_desk()


@pytest.fixture
async def api(desk: ManagementContext) -> Api:
    return (await create_api(desk, NEW))[0]


async def audited(desk: ManagementContext) -> list[str]:
    return [row.action for row in await desk.store.read(lambda r: r.audit_since(0, 999))]


@pytest.mark.parametrize("life", ["retired", "deprecated"])
async def test_a_change_that_is_overtaken_by_a_retirement_keeps_it(
    desk: ManagementContext, api: Api, life: str
) -> None:
    late = overtaken(desk, lambda: set_life_cycle(desk, NAMED, life))  # type: ignore[arg-type]
    changed = await change_api(late, NAMED, ApiChange(title="New"))
    assert changed == await find_api(desk, NAMED)
    assert changed == replace(api, title="New", life_cycle=life)
    assert (await audited(desk))[-3:] == ["api.create", "api.life-cycle", "api.replace"]


async def test_a_change_of_the_live_one_that_is_overtaken_by_its_retirement_changes_no_other(
    desk: ManagementContext, api: Api
) -> None:
    await create_api(desk, replace(NEW, version=2, title="Second"))
    late = overtaken(desk, lambda: set_life_cycle(desk, "poi:2", "retired"))
    assert (await change_api(late, "poi", ApiChange(title="New"))).version == 2
    assert (await find_api(desk, NAMED)).title == "POI"


async def test_of_two_changes_at_once_both_stand(desk: ManagementContext, api: Api) -> None:
    other = ApiChange(
        upstream="https://other.example", scope_texts=(("poi:read", "fr", "Voir des lieux"),)
    )
    late = overtaken(desk, lambda: change_api(desk, NAMED, other))
    texts = (("poi:read", "", "See places"), ("poi:write", "", "Change places"))
    await change_api(late, NAMED, ApiChange(title="New", scope_texts=texts))
    found = await find_api(desk, NAMED)
    assert (found.title, found.upstream) == ("New", "https://other.example")
    assert found.scope_texts == (texts[0], ("poi:read", "fr", "Voir des lieux"), texts[1])


async def test_an_import_that_is_overtaken_keeps_what_it_does_not_describe(
    desk: ManagementContext, api: Api
) -> None:
    sentence = ("poi:read", "fr", "Voir des lieux")
    late = overtaken(
        desk,
        lambda: set_life_cycle(desk, NAMED, "deprecated"),
        lambda: change_api(desk, NAMED, ApiChange(scope_texts=(sentence,))),
    )
    renewed = await renew_api(late, replace(NEW, title="Renewed", scopes=(ScopeRule("poi:read"),)))
    assert renewed == await find_api(desk, NAMED)
    assert (renewed.title, renewed.life_cycle) == ("Renewed", "deprecated")
    assert renewed.scope_texts == (sentence,)


async def test_a_change_that_no_longer_holds_beside_an_import_is_refused(
    desk: ManagementContext, api: Api
) -> None:
    """The other import takes the scope away whose sentence is given."""
    late = overtaken(desk, lambda: renew_api(desk, replace(NEW, scopes=(ScopeRule("poi:read"),))))
    with pytest.raises(NotPossible) as refused:
        await change_api(late, NAMED, ApiChange(scope_texts=(("poi:write", "", "Change places"),)))
    assert refused.value.slug == "scope-text-unknown"


async def test_a_replacement_is_of_the_api_as_it_stands(desk: ManagementContext, api: Api) -> None:
    await set_life_cycle(desk, NAMED, "retired")
    await replace_api(desk, api, lambda found: replace(found, timeout=7))
    assert await find_api(desk, NAMED) == replace(api, life_cycle="retired", timeout=7)


async def test_who_is_overtaken_every_time_is_told_so(desk: ManagementContext, api: Api) -> None:
    moves: list[Happening] = [
        lambda: set_life_cycle(desk, NAMED, "deprecated"),
        lambda: set_life_cycle(desk, NAMED, "live"),
    ]
    late = overtaken(desk, *moves * 50)
    with pytest.raises(NotPossible, match="changed meanwhile") as refused:
        await change_api(late, NAMED, ApiChange(title="New"))
    assert refused.value.slug == "api-changed"
    assert (await find_api(desk, NAMED)).title == "POI"
