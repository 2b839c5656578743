"""A value that must not be seen."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Hold a secret text so that no log, `repr`, trace or format shows it.

    Equality takes the same time whatever differs. The text leaves only by `reveal()`, which is easy to search for.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap `text`."""
        self._text = text

    def reveal(self) -> str:
        """The secret itself; the caller must not store or print it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac

        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __bool__(self) -> bool:
        return bool(self._text)
