"""Scope values."""

from __future__ import annotations

import re

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*\Z")


def parse_scope(text: str) -> tuple[str, ...] | None:
    """Split a scope into its tokens, each once, in order; None unless it follows the grammar.

    Spec: RFC 6749 §3.3.
    """
    if len(text) > 2048 or not _SCOPE.match(text):
        return None
    return tuple(dict.fromkeys(text.split(" ")))
