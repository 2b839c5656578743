"""What is one mailbox and cannot be read as another: a dot-atom, an `@`, and a name or names with dots between."""

from __future__ import annotations

import re
from typing import Final

_ATOM: Final = r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+"
_LABEL: Final = r"[A-Za-z0-9_\-\x80-\U0010ffff]+"
_MAILBOX: Final = re.compile(rf"(?!.*=\?)({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)\Z")


def split_mailbox(text: str) -> tuple[str, str] | None:
    """What stands before and behind the `@`; None where a comment, a list, a group or a quoted word could mislead.

    Spec: RFC 5322 §3.4.
    """
    found = _MAILBOX.match(text)
    return None if found is None else (found[1], found[2])
