"""Step 6: a node's callback becomes packages and shipped units. Repeated and late ones are harmless."""

from collections.abc import Mapping
from dataclasses import dataclass

from activities.arriving import record_arrival
from activities.books import Books
from activities.following import TOPIC as FOLLOWED
from activities.following import FollowedReports
from activities.messages import Heard, LateEvent, ShipmentNews
from activities.retries import step
from activities.shipping import ENDED_WITHOUT, current, news, record_packages, refuse
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.events import EventState, RawEvent
from orderloom.domain.ports import NodeCallbacks
from orderloom.domain.records import ShipmentRecord
from orderloom.domain.shipments import ShipmentEvent, ShipmentEventKind

GONE = (ShipmentEventKind.CANCELLED, ShipmentEventKind.REFUSED)


@dataclass(frozen=True)
class RecordingActivities:
    books: Books
    callbacks: Mapping[str, NodeCallbacks]

    @step("record_shipment")
    def record_shipment(self, arrived: LateEvent) -> ShipmentNews:
        read = self.read(arrived)
        return self.apply(*read) if read else ShipmentNews(heard=Heard.NOTHING)

    def apply(self, event: ShipmentEvent, shipment: ShipmentRecord) -> ShipmentNews:
        record_packages(self.books, shipment, (event.package,) if event.package else (), event.occurred_at)
        if event.kind in (ShipmentEventKind.LOST, ShipmentEventKind.DELIVERED):
            record_arrival(self.books, shipment, event)
        if event.kind is ShipmentEventKind.LOST:
            return news(self.books, shipment, Heard.NOTHING, event.reason)
        if event.dispatch_id != shipment.dispatch_id:
            return news(self.books, shipment, Heard.NOTHING, "it is about an earlier attempt")
        if event.kind in GONE and shipment.state not in ENDED_WITHOUT:
            return refuse(self.books, shipment, event.reason or f"the node says {event.kind}", Heard(event.kind.value))
        return news(self.books, shipment, Heard(event.kind.value))

    def read(self, arrived: LateEvent) -> tuple[ShipmentEvent, ShipmentRecord] | None:
        """The stored callback and the shipment it is about; None where it is set aside, with the reason."""
        raw = self.books.events.load(arrived.event_id)
        node = raw.origin.removeprefix("node:")
        callbacks = FollowedReports() if raw.topic == FOLLOWED else self.callbacks.get(node)
        if callbacks is None:
            self._set_aside(raw, EventState.KEPT, f"{raw.origin} is not configured here")
            return None
        try:
            event = callbacks.read(raw.body)
        except UnreadableEvent as unreadable:
            self._set_aside(raw, EventState.UNREADABLE, str(unreadable))
            return None
        known = self.books.shipments.by_dispatch_id(event.dispatch_id)
        if known is None or known.key != arrived.key:
            self._set_aside(raw, EventState.KEPT, "its dispatch id is none of this order's")
            return None
        shipment = current(self.books, known.key, known.number)
        if shipment.dispatch_id == event.dispatch_id and shipment.node != event.node:
            self._set_aside(raw, EventState.KEPT, f"{event.node} reports a shipment of {shipment.node}")
            return None
        return event, shipment

    def _set_aside(self, raw: RawEvent, state: EventState, why: str) -> None:
        """Keep the event where an operator sees it, with the reason."""
        self.books.events.mark(raw.event_id, state, why)
