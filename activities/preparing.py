"""Steps 2 and 3 of an order's story: from a channel's event to an order whose stock is reserved."""

from dataclasses import dataclass
from datetime import UTC, datetime

from activities.books import Books, Channels, package_views, settle_baseline
from activities.messages import (
    CancelRequest,
    Normalised,
    NormaliseRequest,
    ObserveRequest,
    Reserved,
    ReserveRequest,
    ShipmentState,
    ShipmentView,
    Shortage,
    StatusChange,
    TimelineNote,
    Withdrawn,
)
from activities.retries import step
from activities.returning import take_goods_back
from activities.shipping import complete_shipments, edit_of, recalls_of
from activities.telling import tell_changes, tell_gaps, with_moves
from activities.withdrawing import as_answer, as_request
from orderloom.domain.changes import GoodsBack
from orderloom.domain.editing import digest_of
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.events import RETURNS_REPORT, EventState
from orderloom.domain.keys import OrderKey
from orderloom.domain.node_settings import NodeKind
from orderloom.domain.orders import ChannelState, Order, OrderStatus, Story, counted
from orderloom.domain.records import DispatchState, ShipmentRecord
from orderloom.domain.shipments import left_without_us
from orderloom.domain.waiting import waits_for

ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Reads an order's own story; whether it is from before `live_from` is decided here, where an operator may adopt it."""
SHIPMENT_STATES = {
    DispatchState.PLANNED: ShipmentState.PLANNED,
    DispatchState.SENDING: ShipmentState.UNCLEAR,
    DispatchState.DISPATCHED: ShipmentState.SENT,
    DispatchState.SHIPPED: ShipmentState.SENT,
    DispatchState.REFUSED: ShipmentState.REFUSED,
    DispatchState.CANCELLED: ShipmentState.STOPPED,
}
AT_NODES = (DispatchState.PLANNED, DispatchState.SENDING, DispatchState.DISPATCHED)


@dataclass(frozen=True)
class PreparingActivities:
    books: Books
    channels: Channels

    @step("normalise")
    def normalise(self, asked: NormaliseRequest) -> Normalised:
        """Raises UnreadableEvent (not retried) for an event that nobody can read, OrderUnknown without any event."""
        if asked.event_id:
            self._read(asked.key, asked.event_id)
        self._map(asked.key)
        if not asked.event_id:
            # What came back of lines that are mapped only now; the rest was taken before.
            self._take_back(asked.key, self.books.orders.get(asked.key).order.came_back)
        unordered = self.books.orders.get(asked.key).unordered_event
        # Also after a step or a workflow that died between reading it and asking.
        read_again = unordered is not None and asked.event_id in (None, unordered)
        return self._summary(asked.key).model_copy(update={"read_again": read_again})

    @step("reserve")
    def reserve(self, asked: ReserveRequest) -> Reserved:
        order = settle_baseline(self.books.orders.get(asked.key).order, asked.gone_before)
        pools = {line.line_id: self._pool(asked.key, line.listing) for line in order.lines}
        reservation = self.books.ledger.reserve(order, self._pool(asked.key), pools)
        if any(line.fulfilled for line in order.lines):
            self._count_out(order)
        short: dict[str, int] = {}
        for line in reservation.shortages:
            short[line.sku] = short.get(line.sku, 0) + line.short
        if not short and not order.unmapped_listings:
            self.books.orders.advance(asked.key, OrderStatus.RESERVED)
            units = sum(line.reserved for line in reservation.lines)
            self.books.note(asked.key, "reserved", f"{counted(units)} reserved", once=f"reserved:{units}")
        return Reserved(shortages=tuple(Shortage(sku=sku, units=units) for sku, units in sorted(short.items())))

    @step("observe")
    def observe(self, asked: ObserveRequest) -> None:
        """Release what we reserved for it and count out what left without us: in one step, so it is never free."""
        order = settle_baseline(self.books.orders.get(asked.key).order, asked.gone_before)
        node = self._shelf(self._pool(asked.key)) if any(line.fulfilled for line in order.lines) else None
        cancelled = order.state is ChannelState.CANCELLED
        self.books.ledger.observe(order, self._pool(asked.key), node, cancelled_by_channel=cancelled)
        if node is not None:
            self._note_counted_out(asked.key)
        at_amazon = self.channels.config.fba_node(asked.key.account) if order.fulfilled_by_channel else None
        if at_amazon is not None and not cancelled:
            self.books.ledger.fba_sale(order, at_amazon.node)

    @step("set_status")
    def set_status(self, change: StatusChange) -> None:
        if self.books.orders.find(change.key) is None:
            # Its only event so far cannot be read: there is no order to say it of, the event itself says why.
            return
        self.books.orders.set_status(change.key, change.status, hold=change.hold)
        if change.hold is None:
            self.books.note(change.key, change.what, change.text)

    @step("note")
    def note(self, line: TimelineNote) -> None:
        self.books.note(line.key, line.what, line.text, line.once)

    @step("adopt")
    def adopt(self, line: TimelineNote) -> None:
        """An operator takes over an order from before the account went live."""
        self.books.orders.adopt(line.key)
        self.books.note(line.key, line.what, line.text, line.once)

    def _read(self, key: OrderKey, event_id: str) -> None:
        event = self.books.events.load(event_id)
        try:
            if event.topic == RETURNS_REPORT:
                known = self.books.orders.get(key).order
                self._take_back(key, self.channels.client(key).read_returns(event.body, known))
                return
            reading = self.channels.client(key).read(event.body, ANY_TIME)
        except UnreadableEvent as unreadable:
            self.books.events.mark(event_id, EventState.UNREADABLE, str(unreadable))
            raise
        order = self.books.mapped(with_moves(self.books, self.channels, reading.order))
        reading = reading.model_copy(update={"order": order})
        before = self.books.orders.find(key)
        after = self.books.orders.record(reading, event_id)
        self._take_back(key, after.order.came_back)
        tell_changes(self.books, self.channels, event_id, before.order if before else None, after.order)
        tell_gaps(self.books, reading)
        if before and before.address_version < after.address_version:
            text = "its address was changed at its channel"
            self.books.note(key, "address_changed", text, once=f"address_changed:{after.address_version}")

    def _take_back(self, key: OrderKey, came_back: tuple[GoodsBack, ...]) -> None:
        if came_back:
            take_goods_back(self.books, self.channels, self.books.mapped(self.books.orders.get(key).order), came_back)

    def _map(self, key: OrderKey) -> None:
        order = self.books.orders.get(key).order
        mapped = self.books.mapped(order)
        if mapped != order or mapped.unmapped_listings:
            # Also unchanged: saving is what enters it into the list of those that wait for a mapping.
            self.books.orders.save_mapped(mapped)

    def _summary(self, key: OrderKey) -> Normalised:
        record = self.books.orders.get(key)
        order = self.books.ours_to_ship(key)
        shipments = self.books.shipments.shipments(key)
        packages = self.books.shipments.packages(key)
        live = self.books.orders.live_from(key.channel, key.account).live_from
        before_live = order.placed_at < live and not record.adopted and order.story in (Story.SHIP, Story.WAIT)
        complete = complete_shipments(shipments, packages)
        at_nodes = [shipment for shipment in shipments if shipment.state in AT_NODES]
        due = self.channels.deadline(order, [s.node for s in at_nodes if s.number not in complete])
        waiting = waits_for(order, self.channels.dispatch_when(key))
        choice = self.channels.choice(order)
        return Normalised(
            status=record.status,
            hold=record.hold,
            name=order.name,
            story=Story.WAIT if waiting else order.story,
            story_reason=waiting or order.story_reason,
            state=order.state,
            fulfilled_by_channel=order.fulfilled_by_channel,
            before_live=before_live,
            buyer_asks_to_cancel=order.buyer_asks_to_cancel,
            has_address=order.has_address,
            open_units=sum(line.open_quantity for line in order.lines),
            unmapped=order.unmapped_listings,
            fulfilled={line.line_id: line.fulfilled for line in order.lines if line.fulfilled},
            ship_by=due.ship_by if due else None,
            alert_at=due.alert_at if due else None,
            leaves_by=due.leaves_by if due else None,
            shipments=tuple(self._view(shipment, complete) for shipment in shipments),
            packages=package_views(record, packages),
            cancellation=self._cancellation(key),
            knows_wishes=True,
            cancel=self._cancel(key),
            wants=digest_of(order.lines),
            edit=edit_of(order, shipments, packages),
            address=record.address_version,
            recalls=recalls_of(record, shipments, packages, waiting, choice),
            moved=choice.digest,
            moved_elsewhere=choice.in_words() if choice.elsewhere else "",
        )

    def _cancellation(self, key: OrderKey) -> Withdrawn | None:
        told = self.books.cancellations.find(key)
        return as_answer(told) if told else None

    def _cancel(self, key: OrderKey) -> CancelRequest | None:
        wish, told = self.books.cancellations.wished(key), self.books.cancellations.find(key)
        if wish is None and told:
            # Asked for by a worker of before wishes were noted.
            return CancelRequest(key=key, why="its channel was to be told", reason=told.cancellation.reason)
        return as_request(wish) if wish else None

    def _view(self, shipment: ShipmentRecord, complete: frozenset[int]) -> ShipmentView:
        return ShipmentView(
            number=shipment.number,
            node=shipment.node,
            state=SHIPMENT_STATES[shipment.state],
            complete=shipment.number in complete,
            ask_after=self.channels.ask_after(shipment.node),
            give_up_after=self.channels.give_up_after(shipment.node),
            taken_at=shipment.dispatched_at,
        )

    def _pool(self, key: OrderKey, listing: str | None = None) -> str:
        """The pool that a listing sells from; without one, the account's."""
        account = self.channels.account(key)
        return account.pool if listing is None else account.pool_of(listing)

    def _count_out(self, order: Order) -> None:
        pool = self._pool(order.key)
        node = self._shelf(pool)
        if node is not None:
            self.books.ledger.sold_elsewhere(order, pool, node)
            ours = tuple(entry.package for entry in self.books.shipments.packages(order.key))
            if any(line.fulfilled for line in left_without_us(order.lines, ours)):
                self._note_counted_out(order.key)

    def _shelf(self, pool: str) -> str | None:
        """A warehouse of the pool where there is one: a channel does not say which shelf it sold from."""
        nodes = [node for node in self.channels.config.nodes if node.pool == pool and node.kind is not NodeKind.FBA]
        nodes.sort(key=lambda node: node.kind is not NodeKind.WAREHOUSE)
        return nodes[0].node if nodes else None

    def _note_counted_out(self, key: OrderKey) -> None:
        self.books.note(key, "sold_elsewhere", "counted out what left without us", once="sold_elsewhere")
