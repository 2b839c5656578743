"""The client's secret, as it is given: a text, a file that is read again, or those that are valid during a change."""

from __future__ import annotations

import os
from collections.abc import Sequence

from satsuma_client.protocol.secret import Secret

GivenSecret = str | Secret | os.PathLike[str]
GivenSecrets = GivenSecret | Sequence[GivenSecret]


def secrets_of(given: GivenSecrets | None) -> tuple[Secret, ...]:
    """The secrets to try, in order; a file's text without white space around it. Raises OSError, ValueError."""
    if given is None:
        return ()
    if isinstance(given, str | Secret | os.PathLike):
        return (_secret(given),)
    return tuple(_secret(each) for each in given)


def _secret(given: GivenSecret) -> Secret:
    if isinstance(given, Secret):
        return given
    if isinstance(given, os.PathLike):
        with open(given, encoding="utf-8") as file:
            return Secret(file.read().strip())
    if given != given.strip():
        raise ValueError(
            "white space stands around the client secret; a line end came along when it was copied"
        )
    return Secret(given)
