"""Step 6 for a node that calls nobody back: one sweep tells what has changed, and it is stored like a callback.

From the event log on there is no difference: the relay hands it to the order, `record_shipment` records it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from activities.books import Books
from activities.retries import step
from activities.round_messages import FollowStart, Swept
from orderloom.domain.errors import Throttled, UnreadableEvent
from orderloom.domain.events import EventSource, NewEvent, Watermark
from orderloom.domain.keys import Channel
from orderloom.domain.nodes import ShipmentFeed, reports_of
from orderloom.domain.ports import FulfillmentNode
from orderloom.domain.records import DispatchState, ShipmentRecord
from orderloom.domain.shipments import NodeShipment, ShipmentEvent

TOPIC = "fulfillment"
OVERLAP = timedelta(minutes=5)
"""Read twice on purpose: a node's clock is not ours, and a report that is known is recognised."""
FIRST_LOOK_BACK = timedelta(days=1)
OVER = (DispatchState.SHIPPED, DispatchState.CANCELLED, DispatchState.REFUSED)
MOST_PATIENCE = 100
"""How often one question may be put off by the node's limit before the sweep gives up and begins again."""


class FollowedNode(FulfillmentNode, ShipmentFeed, Protocol):
    """It is asked what has changed, and then for each dispatch what became of it."""


@dataclass(frozen=True)
class FollowingActivities:
    books: Books
    nodes: Mapping[str, FollowedNode]
    pause: Callable[[float], None] = time.sleep

    @step("follow")
    def follow(self, start: FollowStart) -> Swept:
        """One listing call a page, and one question for each dispatch of ours that changed and is not over."""
        node, began = self.nodes[start.node], self.books.clock()
        # A node is no account; the prefix keeps their marks apart.
        mark = self.books.events.watermark(Channel.AMAZON, f"node:{start.node}")
        since = mark.read_until - OVERLAP if mark else began - FIRST_LOOK_BACK
        pages = events = new = 0
        token: str | None = None
        while pages == 0 or token:
            page = node.changed(since, token)
            pages, token = pages + 1, page.next_token
            for dispatch_id in dict.fromkeys(page.dispatch_ids):
                for event in self._news(node, start.node, dispatch_id):
                    events += 1
                    new += not self.books.events.store(event).duplicate
        reached = Watermark(channel=Channel.AMAZON, account=f"node:{start.node}", read_until=began)
        self.books.events.store_page((), reached)
        return Swept(pages=pages, events=events, new=new)

    def _news(self, node: FollowedNode, name: str, dispatch_id: str) -> list[NewEvent]:
        shipment = self.books.shipments.by_dispatch_id(dispatch_id)
        if shipment is None or shipment.node != name or shipment.state in OVER:
            return []
        answer = self._find(node, dispatch_id)
        if answer is None:
            return []
        return [self._event(shipment, report) for report in reports_of(name, answer, self.books.clock())]

    def _find(self, node: FollowedNode, dispatch_id: str) -> NodeShipment | None:
        for _ in range(MOST_PATIENCE):
            try:
                return node.find(dispatch_id)
            except Throttled as throttled:
                self.pause(throttled.wait_seconds)
        return node.find(dispatch_id)

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
