"""Every SQL text by its name: a constant's own, or the effect's where the text stands in a table of writers."""

import pkgutil
from importlib import import_module

from satsuma.store import sql

VERBS = {"SELECT", "INSERT", "UPDATE", "DELETE"}
ROOMS = [room.name for room in pkgutil.iter_modules(sql.__path__)]


def statements_of(room: str) -> dict[str, str]:
    """The statements that a file of `store.sql` has or uses by name."""
    module = import_module(f"{sql.__name__}.{room}")
    found = {
        name: text
        for name, text in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(text, str)
    }
    for effect, writer in getattr(module, "WRITERS", {}).items():
        found[effect.__name__] = writer.text
    return {name: text for name, text in found.items() if text.partition(" ")[0] in VERBS}


STATEMENTS: dict[str, str] = {}
for _room in ROOMS:
    for _name, _text in statements_of(_room).items():
        assert STATEMENTS.setdefault(_name, _text) == _text, f"two statements are called {_name}"
