"""Step 6 to its end: packages that reached their buyer, and packages that never will, whoever told of it."""

import structlog

from activities.books import Books
from orderloom.domain.records import ShipmentRecord
from orderloom.domain.shipments import NodeShipment, ShipmentEvent, ShipmentEventKind

log = structlog.stdlib.get_logger(__name__)


def record_arrival(books: Books, shipment: ShipmentRecord, event: ShipmentEvent) -> None:
    """One that is DELIVERED or LOST, whatever attempt it left under: it has left."""
    if event.kind is ShipmentEventKind.DELIVERED:
        _deliver(books, shipment, event)
    else:
        _lose(books, shipment, event)


def record_arrivals(books: Books, shipment: ShipmentRecord, answer: NodeShipment) -> None:
    """What a node says of packages that it has told of, as its callbacks would."""
    told = {package.package_id: package for package in answer.packages}
    for arrival in answer.arrivals:
        event = ShipmentEvent(
            delivery_id=f"{answer.dispatch_id}:{arrival.package_id}:{arrival.kind}",
            node=shipment.node,
            dispatch_id=answer.dispatch_id,
            kind=arrival.kind,
            occurred_at=arrival.at,
            package=told[arrival.package_id],
        )
        record_arrival(books, shipment, event)


def _deliver(books: Books, shipment: ShipmentRecord, event: ShipmentEvent) -> None:
    """Without a package it is a word in the story alone: nobody knows which one arrived."""
    if event.package:
        books.shipments.delivered(event.dispatch_id, event.package.package_id, event.occurred_at)
    text = f"a package of shipment {shipment.number} was delivered"
    books.note(shipment.key, "delivered", text, once=f"delivered:{event.dispatch_id}{_name(event)}")


def _lose(books: Books, shipment: ShipmentRecord, event: ShipmentEvent) -> None:
    """Without a package, all that has left under this dispatch is lost."""
    package = event.package
    books.shipments.lost(event.dispatch_id, package.package_id if package else None, event.occurred_at)
    what = f"the package with tracking {package.tracking_number}" if package else "what has left"
    text = f"{event.node} says that {what} of shipment {shipment.number} is lost"
    log.warning("a package is lost", order=str(shipment.key), shipment=shipment.number, node=event.node)
    books.note(shipment.key, "lost", text, once=f"lost:{event.dispatch_id}{_name(event)}")


def _name(event: ShipmentEvent) -> str:
    return f":{event.package.package_id}" if event.package else ""
