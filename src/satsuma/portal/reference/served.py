"""A document as it is given to everybody: with the gateway as its server, and nothing of what stands behind that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

# What holds things by names of the document's own: a name there is no word of the standard.
_BY_NAME: Final = frozenset(
    """
    $defs callbacks content definitions dependentSchemas encoding examples headers links mapping parameters pathItems
    patternProperties properties requestBodies schemas scopes securitySchemes variables webhooks
    """.split()  # noqa: SIM905
)
# What holds things by a path, a status or an address, beside which extensions may stand.
_BY_PLACE: Final = frozenset(("callbacks", "pathItems", "paths", "responses", "webhooks"))
# What somebody's data is, as it is.
_DATA: Final = frozenset(("const", "default", "enum", "example", "value"))


def served(given: Mapping[str, Any], server: str) -> bytes:
    """The document as JSON: one server for all of it, without extensions, which tell gateways where to go."""
    shown = {**_public(given, ""), "servers": [{"url": server}]}
    return json.dumps(shown, separators=(",", ":")).encode()


def _public(node: Any, inside: str) -> Any:
    """A part of a document; `inside` is the word under which it stands."""
    if isinstance(node, list):
        return [_public(each, "") for each in node]
    if not isinstance(node, dict):
        return node
    if inside in _BY_PLACE:
        return {k: _public(v, "") for k, v in node.items() if not str(k).startswith("x-")}
    if inside in _BY_NAME:
        return {k: _public(v, "") for k, v in node.items()}
    return {
        k: v if k in _DATA else _public(v, str(k))
        for k, v in node.items()
        if k not in ("server", "servers") and not str(k).startswith("x-")
    }
