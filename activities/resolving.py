"""Asks a channel which order an event is about that names only a part of it (Shopify's fulfillment orders)."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from activities.books import Books
from activities.retries import step
from activities.round_messages import ResolveStart
from orderloom.domain.errors import Rejected, UnreadableEvent
from orderloom.domain.events import EventState
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.ports import OrderFinder

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ResolvingActivities:
    books: Books
    finders: Mapping[tuple[Channel, str], OrderFinder]

    @step("resolve_order")
    def resolve_order(self, start: ResolveStart) -> OrderKey | None:
        """The order that the event has from now on; the relay hands it over. Tried for as long as the channel is away.

        None where the channel knows no such order: the event is put before an operator.
        """
        event = self.books.events.load(start.event_id)
        if event.order_key is not None:
            return event.order_key
        try:
            order_id = self.finders[start.channel, start.account].order_of(event.body)
        except (Rejected, UnreadableEvent) as unknown:
            log.warning("an event's order is unknown", event_id=start.event_id, why=str(unknown))
            self.books.events.mark(start.event_id, EventState.UNREADABLE, str(unknown))
            return None
        key = OrderKey(channel=start.channel, account=start.account, order_id=order_id)
        self.books.events.name_order(start.event_id, key)
        return key
