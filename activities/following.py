"""Step 6 for a node that calls nobody back: one sweep tells what has changed, and it is stored like a callback.

Where a node lists what has changed, that is asked about first. Then packages that are on the way are asked about in
turn, because no list tells that one has arrived, was lost or goes under another label.
From the event log on there is no difference: the relay hands it to the order, `record_shipment` records it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from activities.books import Books
from activities.retries import step
from activities.round_messages import FollowStart, Swept
from orderloom.domain.errors import Throttled, Unavailable, UnreadableEvent
from orderloom.domain.events import EventSource, NewEvent, Watermark
from orderloom.domain.following import due_between, reports_of
from orderloom.domain.keys import Channel
from orderloom.domain.nodes import ParcelTracker, ShipmentFeed
from orderloom.domain.ports import FulfillmentNode
from orderloom.domain.records import DispatchState, ShipmentRecord
from orderloom.domain.shipments import NodeShipment, ShipmentEvent

log = structlog.stdlib.get_logger(__name__)

TOPIC = "fulfillment/followed"
OVERLAP = timedelta(minutes=5)
"""Read twice on purpose: a node's clock is not ours, and a report that is known is recognised."""
FIRST_LOOK_BACK = timedelta(days=1)
GIVEN_UP_AFTER = timedelta(days=45)
"""A package of which nothing was heard for so long is not asked about any more."""
PARCELS_AT_ONCE = 50
"""Dispatches in one sweep; what is due beyond them, say after an outage, has its next turn."""
PARCEL_TROUBLES = 3
"""So many that cannot be asked about end a sweep: then it is the node."""
OVER = (DispatchState.SHIPPED, DispatchState.CANCELLED, DispatchState.REFUSED)
MOST_PATIENCE = 100
"""How often one question may be put off by the node's limit before the sweep gives up and begins again."""


class FollowedNode(FulfillmentNode, ParcelTracker, Protocol):
    """It is asked for each dispatch what became of it."""


@dataclass(frozen=True)
class FollowingActivities:
    books: Books
    nodes: Mapping[str, FollowedNode]
    feeds: Mapping[str, ShipmentFeed] = field(default_factory=dict)
    """Those of the nodes that list what has changed."""
    parcels_every: Mapping[str, timedelta] = field(default_factory=dict)
    """How often a package on its way is asked about."""
    pause: Callable[[float], None] = time.sleep

    @step("follow")
    def follow(self, start: FollowStart) -> Swept:
        """One listing call a page, one question for each dispatch of ours that changed, or whose turn has come."""
        began, name = self.books.clock(), start.node
        # A node is no account; the prefix keeps their marks apart.
        mark = self.books.events.watermark(Channel.AMAZON, f"node:{name}")
        pages = events = new = 0
        for dispatch_ids in self._changed(name, mark.read_until - OVERLAP if mark else began - FIRST_LOOK_BACK):
            pages += 1
            for dispatch_id in dispatch_ids:
                told, fresh = self._store(self._news(name, dispatch_id))
                events, new = events + told, new + fresh
        reached = Watermark(channel=Channel.AMAZON, account=f"node:{name}", read_until=began)
        self.books.events.store_page((), reached)
        told, fresh = self._ask_for_parcels(name, mark.read_until if mark else began, began)
        return Swept(pages=pages, events=events + told, new=new + fresh)

    def _changed(self, name: str, since: datetime) -> Iterator[tuple[str, ...]]:
        feed, token = self.feeds.get(name), None
        while feed:
            page = feed.changed(since, token)
            yield tuple(dict.fromkeys(page.dispatch_ids))
            token = page.next_token
            if not token:
                return

    def _ask_for_parcels(self, name: str, last: datetime, now: datetime) -> tuple[int, int]:
        """What cannot be asked about, say because its answer is no answer, has its next turn."""
        every = self.parcels_every.get(name)
        if every is None:
            return 0, 0
        on_the_way = self.books.shipments.on_the_way(name, now - GIVEN_UP_AFTER)
        events = new = troubles = 0
        for dispatch_id in due_between(on_the_way, last, now, every)[:PARCELS_AT_ONCE]:
            try:
                told, fresh = self._store(self._whereabouts(name, dispatch_id))
            except Unavailable as trouble:
                log.warning("a package could not be asked about", node=name, dispatch_id=dispatch_id, why=str(trouble))
                troubles += 1
                if troubles == PARCEL_TROUBLES:
                    break
            else:
                events, new = events + told, new + fresh
        return events, new

    def _news(self, name: str, dispatch_id: str) -> list[NewEvent]:
        shipment = self.books.shipments.by_dispatch_id(dispatch_id)
        if shipment is None or shipment.node != name or shipment.state in OVER:
            return []
        return self._reports(shipment, self._patiently(self.nodes[name].find, dispatch_id))

    def _whereabouts(self, name: str, dispatch_id: str) -> list[NewEvent]:
        shipment = self.books.shipments.by_dispatch_id(dispatch_id)
        return self._reports(shipment, self._patiently(self.nodes[name].track, dispatch_id)) if shipment else []

    def _reports(self, shipment: ShipmentRecord, answer: NodeShipment | None) -> list[NewEvent]:
        if answer is None:
            return []
        known = self.books.shipments.recorded_under(shipment.dispatch_id)
        reports = reports_of(shipment.node, answer, known, self.books.clock())
        return [self._event(shipment, report) for report in reports]

    def _patiently(self, ask: Callable[[str], NodeShipment | None], dispatch_id: str) -> NodeShipment | None:
        for _ in range(MOST_PATIENCE):
            try:
                return ask(dispatch_id)
            except Throttled as throttled:
                self.pause(throttled.wait_seconds)
        return ask(dispatch_id)

    def _store(self, events: list[NewEvent]) -> tuple[int, int]:
        """How many there are, and how many of them are new."""
        return len(events), sum(not self.books.events.store(event).duplicate for event in events)

    def _event(self, shipment: ShipmentRecord, report: ShipmentEvent) -> NewEvent:
        return NewEvent(
            origin=f"node:{report.node}",
            topic=TOPIC,
            delivery_id=report.delivery_id,
            source=EventSource.CALLBACK,
            body=report.model_dump_json().encode(),
            received_at=self.books.clock(),
            triggered_at=report.occurred_at,
            order_key=shipment.key,
        )


class FollowedReports:
    """Reads back what `follow` stored."""

    def read(self, body: bytes) -> ShipmentEvent:
        try:
            return ShipmentEvent.model_validate_json(body)
        except ValueError:
            raise UnreadableEvent("body", "is no report of a followed node") from None
