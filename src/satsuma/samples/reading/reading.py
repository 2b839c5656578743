"""What reading gives: requests, what they take from the environment, and what must be said beside them."""

from __future__ import annotations

from dataclasses import dataclass

from satsuma.samples.levels import Level
from satsuma.samples.limits import find_limit
from satsuma.samples.reading.ledger import Ledger, Named
from satsuma.samples.reading.marks import marks
from satsuma.samples.reading.secrets import hide, hide_forms
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.reading.wire import Wire
from satsuma.samples.request import Request
from satsuma.samples.sample import NotOffered, Sample
from satsuma.samples.show import show_request
from satsuma.samples.table import target_of


@dataclass(frozen=True, slots=True)
class Reading:
    """The requests in order, the values that their programs must be given, and sentences on what is not in them.

    It holds no secret that was pasted.
    """

    requests: tuple[Request, ...]
    named: tuple[Named, ...]
    notes: tuple[str, ...]

    def programs(self, target: str, level: Level = "one-request") -> list[Sample | NotOffered]:
        """A program for each request, or why there is none; raises KeyError where there is no such target."""
        row = target_of(target)
        found: list[Sample | NotOffered] = []
        for request in self.requests:
            limit = find_limit(request, row)
            found.append(show_request(request, row, level) if limit is None else NotOffered(limit))
        return found


def reading_of(wires: list[Wire], ledger: Ledger, hides: bool = True) -> Reading:
    """The reading of what was found; raises Unreadable.

    A document's examples have telling names, and are nobody's secrets unless they look so.
    """
    if not wires:
        raise Unreadable("Nothing is sent: there is no address")
    for wire in wires:
        wire.take_form()
        if hides:
            hide(wire, ledger)
        else:
            hide_forms(wire, ledger)
        for text in _texts(wire):
            for name in marks(text):
                if name not in ledger.known:
                    ledger.variable(name)
    requests = tuple(wire.request(ledger.known) for wire in wires)
    used = {env for request in requests for env in request.environment}
    named = tuple(each for each in ledger.named if each.env in used)
    return Reading(requests, named, tuple(ledger.notes))


def _texts(wire: Wire) -> list[str]:
    found = [wire.url, wire.bearer or "", wire.body or "", *(wire.basic or ())]
    found += [value for _, value in wire.headers]
    return found + [value for _, value in wire.form or ()]
