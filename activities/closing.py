"""The end of an order's story, and what comes after it."""

from dataclasses import dataclass

from activities.books import Books, Channels
from activities.messages import CancelRequest, CloseRequest, CorrectionsDue, LateEvent
from activities.recording import RecordingActivities
from activities.retries import step
from activities.returning import take_goods_back, take_waiting_returns
from activities.withdrawing import as_request
from orderloom.domain.afterwards import is_news, regrets
from orderloom.domain.cancellations import CancelWish
from orderloom.domain.editing import units_added, what_changed
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.events import RETURNS_REPORT, EventSource, EventState, RawEvent
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import ChannelState, Order, OrderReading, OrderStatus, Story
from orderloom.domain.shipments import ShipmentEventKind


@dataclass(frozen=True)
class ClosingActivities:
    books: Books
    channels: Channels
    recording: RecordingActivities

    @step("wish_to_cancel")
    def wish_to_cancel(self, asked: CancelRequest) -> CancelRequest:
        """The wish that stands: the first, also where a lost workflow has noted it."""
        stands = self.books.cancellations.wish(CancelWish(key=asked.key, why=asked.why, reason=asked.reason))
        return as_request(stands)

    @step("release_stock")
    def release_stock(self, key: OrderKey) -> None:
        """Give back all that is reserved and has not left, its allocations and shortages."""
        record = self.books.orders.find(key)
        # Only the channel's own cancellation restocks its listing; where an operator cancels, it knows nothing of it.
        cancelled = record is not None and record.order.state is ChannelState.CANCELLED
        self.books.ledger.release(key, cancelled_by_channel=cancelled)
        self.books.note(key, "released", "gave back the stock that was reserved and has not left", once="released")

    @step("close")
    def close(self, end: CloseRequest) -> None:
        if self.books.orders.find(end.key) is None:
            return
        self.books.orders.set_status(end.key, end.status)
        self.books.note(end.key, end.status.value, end.text, once="closed")

    @step("record_late_event")
    def record_late_event(self, late: LateEvent) -> CorrectionsDue | None:
        """What it makes the channel need to be told of; None is nothing."""
        raw = self.books.events.load(late.event_id)
        if raw.source is EventSource.CALLBACK:
            return self._record_callback(late)
        self._record_change(late, raw)
        return None

    @step("take_waiting_returns")
    def take_waiting_returns(self, key: OrderKey) -> None:
        """What came back of lines that are mapped only now, also where the order has ended."""
        take_waiting_returns(self.books, self.channels, key)

    def _record_callback(self, late: LateEvent) -> CorrectionsDue | None:
        read = self.recording.read(late)
        if read is None:
            return None
        event, shipment = read
        self.recording.apply(event, shipment)
        text = f"{event.node} reported `{event.kind}` for shipment {shipment.number} after the order was closed"
        if event.kind is ShipmentEventKind.LOST:
            text += ". To do: refund or replace it at the channel; nothing is shipped again by itself"
        self._mark(late, text)
        due = tuple(p.number for p in self.books.shipments.packages(late.key) if p.needs_correction)
        return CorrectionsDue(packages=due) if due else None

    def _record_change(self, late: LateEvent, raw: RawEvent) -> None:
        known = self.books.orders.get(late.key).order
        try:
            if raw.topic == RETURNS_REPORT:
                came_back = self.channels.client(late.key).read_returns(raw.body, known)
                take_goods_back(self.books, self.channels, known, came_back)
                self.books.events.mark(late.event_id, EventState.LATE, "what came back was taken in")
                return
            reading = self.channels.client(late.key).read(raw.body, raw.received_at)
        except UnreadableEvent as unreadable:
            self.books.events.mark(late.event_id, EventState.UNREADABLE, str(unreadable))
            return
        take_goods_back(self.books, self.channels, known, reading.order.came_back)
        status = self.books.orders.get(late.key).status
        if self._reopen(late, status, known, reading):
            return
        if not is_news(status, known, reading.order):
            self.books.events.mark(late.event_id, EventState.LATE, "said nothing new")
            return
        text = f"the channel says `{reading.order.state}` after the order was {status}"
        if regrets(known, reading.order):
            text = f"the buyer asks to cancel after the order was {status}: what has shipped may come back"
        if reading.order.state is ChannelState.CANCELLED and status is OrderStatus.COMPLETED:
            text = "cancelled by the channel: too late, it has shipped"
        self._mark(late, text)

    def _reopen(self, late: LateEvent, status: OrderStatus, known: Order, reading: OrderReading) -> bool:
        """What a channel adds to an order that was completed is shipped too: the order's story begins once more."""
        order = self.books.mapped(reading.order)
        if status.is_end:
            is_newer = order.updated_at >= known.updated_at and order.story in (Story.SHIP, Story.WAIT)
            added = units_added(known.lines, order.lines) if is_newer and order.state is ChannelState.OPEN else 0
            if status is not OrderStatus.COMPLETED or not added:
                return False
            what = what_changed(known.lines, order.lines)
            text = f"edited at its channel after it was completed: {what}. It is shipped in a further shipment"
            self.books.note(late.key, "reopened", text, once=f"reopened:{late.event_id}")
        # An earlier event has reopened it, and its new story may not have begun: it begins with this reading.
        self.books.orders.reopen(reading.model_copy(update={"order": order}), late.event_id)
        self.books.events.mark(late.event_id, EventState.LATE, "the order was opened again")
        return True

    def _mark(self, late: LateEvent, text: str) -> None:
        self.books.note(late.key, "late", text, once=f"late:{late.event_id}")
        self.books.events.mark(late.event_id, EventState.LATE, text)
