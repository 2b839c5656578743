"""An effect is three edits: its class, what writes it in SQL, and what writes it in memory, in files of one name."""

import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

from satsuma import domain
from satsuma.domain.effects import Effect
from satsuma.store.memory import writing as memory
from satsuma.store.sql import writing as sql

MODULES = [
    import_module(found.name)
    for found in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}.")
]
EFFECTS = [
    found
    for module in MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, Effect) and found.__module__ == module.__name__
    if found is not Effect
]


@pytest.mark.parametrize("writing", [sql, memory], ids=["sql", "memory"])
def test_every_effect_has_a_writer_and_every_writer_an_effect(writing: ModuleType) -> None:
    assert EFFECTS
    assert set(writing.WRITERS) == set(EFFECTS)


@pytest.mark.parametrize("engine", ["sql", "memory"])
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.__name__)
def test_the_places_of_an_effect_have_one_name(effect: type[Effect], engine: str) -> None:
    aggregate = effect.__module__.split(".")[2]
    assert effect in import_module(f"satsuma.store.{engine}.{aggregate}").WRITERS


@pytest.mark.parametrize("engine", ["sql", "memory"])
def test_an_effect_has_one_writer(engine: str) -> None:
    rooms = pkgutil.iter_modules(import_module(f"satsuma.store.{engine}").__path__)
    tables = [
        getattr(import_module(f"satsuma.store.{engine}.{room.name}"), "WRITERS", {})
        for room in rooms
        if room.name != "writing"
    ]
    assert sum(map(len, tables)) == len(EFFECTS)
