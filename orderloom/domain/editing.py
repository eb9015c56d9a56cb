"""An order that its buyer or merchant edited: what is different now, and what nodes were asked for beyond it.

The second question looks only at what the order wants now and what nodes have, never at what happened in between: so
edits may come in any order, repeated or late.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence

from orderloom.domain.model import Frozen
from orderloom.domain.orders import OrderLine, counted
from orderloom.domain.shipments import ShipmentLine

Place = tuple[str, str]
"""A line's id and a canonical SKU."""


class Asked(Frozen):
    """What a node was asked to ship, and what of it has `left`; `can_stop` until all of it has."""

    number: int
    lines: tuple[ShipmentLine, ...]
    can_stop: bool
    left: tuple[ShipmentLine, ...] = ()


class Difference(Frozen):
    """Component units that the order wants beyond what nodes were asked for, and the other way round."""

    missing: int
    surplus: int
    to_stop: tuple[int, ...]
    """The shipments that hold the surplus and may still be stopped, the last one first."""


def difference(lines: tuple[OrderLine, ...], asked: Sequence[Asked]) -> Difference:
    """`lines` count as fulfilled only what left without us."""
    wanted: Counter[Place] = Counter()
    for line in lines:
        for part in line.components or ():
            wanted[(line.line_id, part.sku)] += line.open_quantity * part.units
    given: Counter[Place] = Counter()
    for shipment in asked:
        given.update(_units(shipment.lines))
    surplus = given - wanted
    return Difference(missing=(wanted - given).total(), surplus=surplus.total(), to_stop=_holding(surplus, asked))


def what_changed(before: tuple[OrderLine, ...], after: tuple[OrderLine, ...]) -> str:
    """In words, empty where no quantity changed."""
    names = {line.line_id: line.listing for line in (*before, *after)}
    had = {line.line_id: line.quantity for line in before}
    has = {line.line_id: line.quantity for line in after}
    changes = []
    for line_id, listing in names.items():
        old, new = had.get(line_id, 0), has.get(line_id, 0)
        if new > old:
            changes.append(f"{counted(new - old)} of {listing} added")
        elif new < old:
            changes.append(f"{counted(old - new)} of {listing} taken off")
    return ", ".join(changes)


def units_added(before: tuple[OrderLine, ...], after: tuple[OrderLine, ...]) -> int:
    """Units to ship that the order did not have before."""
    had = {line.line_id: line.quantity for line in before}
    return sum(max(line.quantity - had.get(line.line_id, 0), 0) for line in after if line.needs_stock)


def digest_of(lines: tuple[OrderLine, ...]) -> str:
    """Of what the buyer is to receive: the same for the same lines and quantities."""
    wanted = sorted((line.line_id, line.quantity) for line in lines if line.quantity)
    return hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]


def _holding(surplus: Counter[Place], asked: Sequence[Asked]) -> tuple[int, ...]:
    left, found = Counter(surplus), []
    for shipment in sorted(asked, key=lambda one: one.number, reverse=True):
        holds = (_units(shipment.lines) - _units(shipment.left)) & left
        if holds and shipment.can_stop:
            left -= holds
            found.append(shipment.number)
    return tuple(found)


def _units(lines: tuple[ShipmentLine, ...]) -> Counter[Place]:
    units: Counter[Place] = Counter()
    for line in lines:
        units[(line.line_id, line.sku)] += line.quantity
    return units
