"""How a standard's text is refused that is not well formed."""

from __future__ import annotations


class Malformed(Exception):
    """What was read is not well formed; `slug` names the rule, `detail` what was compared, never a secret."""

    def __init__(self, slug: str, **detail: str | int | None) -> None:
        super().__init__(slug)
        self.slug = slug
        self.detail = detail
