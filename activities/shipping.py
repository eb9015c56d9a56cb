"""What is known of shipments and packages, whoever reported it: a node's answer, its callback or our asking.

Recording is idempotent and indifferent to order: a package counts once, whenever and however often it is reported.
"""

from collections.abc import Sequence
from datetime import datetime

from activities.arriving import record_arrivals
from activities.books import Books, package_views
from activities.messages import Edited, Heard, Recall, ShipmentNews
from orderloom.domain.assigned import Choice
from orderloom.domain.editing import Asked, difference
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import HoldReason, Order, OrderStatus
from orderloom.domain.records import DispatchState, OrderRecord, PackageRecord, ShipmentRecord
from orderloom.domain.shipments import NodeShipment, NodeState, Package, ShipmentLine

ASKED_FOR = (DispatchState.SENDING, DispatchState.DISPATCHED, DispatchState.SHIPPED)
UNDER_WAY = (DispatchState.SENDING, DispatchState.DISPATCHED)
ENDED_WITHOUT = (DispatchState.REFUSED, DispatchState.CANCELLED)


def complete_shipments(shipments: Sequence[ShipmentRecord], packages: Sequence[PackageRecord]) -> frozenset[int]:
    """Numbers of the shipments all of whose units have left."""
    return frozenset(s.number for s in shipments if _units_shipped(s.number, packages) >= _units_planned(s))


def edit_of(order: Order, shipments: Sequence[ShipmentRecord], packages: Sequence[PackageRecord]) -> Edited | None:
    """How what nodes were asked for differs from what the order wants; its lines count what left without us."""
    complete = complete_shipments(shipments, packages)
    asked = [
        Asked(number=s.number, lines=s.lines, can_stop=s.number not in complete, left=_left(s.number, packages))
        for s in shipments
        if s.state in ASKED_FOR
    ]
    found = difference(order.lines, asked)
    is_unmapped = any(line.open_quantity and line.components is None for line in order.lines)
    if not asked or not (found.missing or found.to_stop or is_unmapped):
        return None
    return Edited(to_stop=found.to_stop, text=f"{found.missing} units more and {found.surplus} fewer")


def recalls_of(
    record: OrderRecord,
    shipments: Sequence[ShipmentRecord],
    packages: Sequence[PackageRecord],
    waiting: str,
    choice: Choice,
) -> tuple[Recall, ...]:
    """What is under way and should not be: the order waits again, goes elsewhere, its buyer does not want it, or
    another place is to ship it."""
    complete = complete_shipments(shipments, packages)
    found = []
    for shipment in shipments:
        if shipment.state not in UNDER_WAY or shipment.number in complete:
            continue
        if record.order.buyer_asks_to_cancel:
            cause, text = HoldReason.BUYER_ASKS_TO_CANCEL, "the buyer asks to cancel"
        elif waiting:
            cause, text = HoldReason.HELD_TOO_LATE, f"the order waits for {waiting}"
        elif shipment.address_version < record.address_version:
            cause, text = HoldReason.ADDRESS_TOO_LATE, "the address was changed"
        elif any(choice.forbids(shipment.node, line.line_id) for line in shipment.lines):
            is_lost = any(line.line_id in choice.elsewhere for line in shipment.lines)
            cause = HoldReason.MOVED_ELSEWHERE if is_lost else HoldReason.MOVED_TOO_LATE
            text = f"the order was {choice.in_words()}"
        else:
            continue
        found.append(Recall(shipment=shipment.number, cause=cause, text=text))
    return tuple(found)


def record_packages(
    books: Books, shipment: ShipmentRecord, packages: Sequence[Package], told_at: datetime | None = None
) -> None:
    """Store each package once and move its units out of the ledger. Told again, it may have another label.

    `told_at` is the node's time of a report; None: it was asked just now.
    """
    for package in packages:
        entry = books.shipments.add_package(shipment.dispatch_id, package, told_at)
        # Repeated also where the package was there: a crash may have come between the two transactions.
        books.ledger.ship(shipment.key, shipment.number, package)
        books.note(
            shipment.key,
            "shipped",
            f"package {entry.number} left {shipment.node} with {package.carrier}, tracking {package.tracking_number}",
            once=f"shipped:{entry.number}",
        )
        if entry.label:
            text = f"package {entry.number} goes with {entry.package.carrier}, tracking {entry.package.tracking_number}"
            books.note(shipment.key, "relabelled", text, once=f"relabelled:{entry.number}:{entry.label}")
    if packages:
        _advance(books, shipment.key)


def record_answer(books: Books, shipment: ShipmentRecord, answer: NodeShipment) -> ShipmentNews:
    """Store what a node says of the current attempt of a shipment."""
    record_packages(books, shipment, answer.packages)
    record_arrivals(books, shipment, answer)
    if answer.state in (NodeState.REFUSED, NodeState.CANCELLED):
        return refuse(books, shipment, answer.reason or f"the node says {answer.state}", Heard(answer.state.value))
    return news(books, shipment, Heard(answer.state.value), answer.reason)


def refuse(books: Books, shipment: ShipmentRecord, reason: str, heard: Heard = Heard.REFUSED) -> ShipmentNews:
    """The node will not ship it, which is proof that another one may be asked."""
    has_packages = any(p.shipment == shipment.number for p in books.shipments.packages(shipment.key))
    if not has_packages and shipment.state not in ENDED_WITHOUT:
        books.shipments.refused(shipment.key, shipment.number, reason)
    text = f"{shipment.node} will not ship shipment {shipment.number}: {reason}"
    books.note(shipment.key, "refused", text, once=f"refused:{shipment.dispatch_id}")
    return news(books, shipment, heard, reason)


def news(books: Books, shipment: ShipmentRecord, heard: Heard, reason: str = "") -> ShipmentNews:
    packages = books.shipments.packages(shipment.key)
    shipments = books.shipments.shipments(shipment.key)
    return ShipmentNews(
        heard=heard,
        shipment=shipment.number,
        reason=reason,
        packages=package_views(books.orders.get(shipment.key), packages),
        complete=tuple(sorted(complete_shipments(shipments, packages))),
    )


def current(books: Books, key: OrderKey, number: int) -> ShipmentRecord:
    """Raises LookupError for a shipment that was never planned."""
    return next(shipment for shipment in books.shipments.shipments(key) if shipment.number == number)


def _advance(books: Books, key: OrderKey) -> None:
    alive = [shipment for shipment in books.shipments.shipments(key) if shipment.state not in ENDED_WITHOUT]
    complete = complete_shipments(alive, books.shipments.packages(key))
    everything = all(shipment.number in complete for shipment in alive)
    books.orders.advance(key, OrderStatus.SHIPPED if everything else OrderStatus.PARTIALLY_SHIPPED)


def _left(number: int, packages: Sequence[PackageRecord]) -> tuple[ShipmentLine, ...]:
    return tuple(line for entry in packages if entry.shipment == number for line in entry.package.lines)


def _units_planned(shipment: ShipmentRecord) -> int:
    return sum(line.quantity for line in shipment.lines)


def _units_shipped(number: int, packages: Sequence[PackageRecord]) -> int:
    return sum(line.quantity for line in _left(number, packages))
