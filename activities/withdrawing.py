"""Step 8: the channel that sold an order is told that it, or the rest of it, will not be shipped."""

from dataclasses import dataclass

from activities.books import Books, Channels
from activities.messages import CancelRequest, Withdrawn, WithdrawRequest
from activities.retries import step
from orderloom.domain.cancellations import (
    Cancellation,
    CancellationRecord,
    CancellationState,
    CancelOutcome,
    CancelWish,
)
from orderloom.domain.errors import Rejected
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import ChannelState, OrderLine
from orderloom.domain.shipments import what_has_left

UNDER_WAY = (CancellationState.SENT, CancellationState.ACCEPTED)


@dataclass(frozen=True)
class WithdrawingActivities:
    books: Books
    channels: Channels

    @step("withdraw")
    def withdraw(self, asked: WithdrawRequest) -> Withdrawn:
        """Tell the channel, or leave it to the account's next batch. A refusal is an answer: a person settles it."""
        order = self.books.orders.get(asked.key).order
        if order.state is ChannelState.CANCELLED:
            return Withdrawn(state=CancellationState.ACCEPTED)
        left = self._left(asked.key, order.lines)
        whole = tuple(line.line_id for line in left if line.fulfilled == 0)
        if not left:
            return Withdrawn(state=CancellationState.ACCEPTED)
        lines = () if len(whole) == len([line for line in order.lines if line.quantity]) else whole
        record = self.books.cancellations.ask(Cancellation(key=asked.key, reason=asked.reason, lines=lines))
        if record.state in UNDER_WAY:
            return as_answer(record)
        if any(line.fulfilled for line in left):
            return self._rejected(asked.key, f"a line of it has left in part; {_by_hand(left)}")
        return self._tell(record, left)

    def _tell(self, record: CancellationRecord, left: list[OrderLine]) -> Withdrawn:
        key, lines = record.cancellation.key, record.cancellation.lines
        try:
            receipt = self.channels.client(key).cancel(record.cancellation)
        except Rejected as refusal:
            return self._rejected(key, f"{refusal.detail}; {_by_hand(left)}" if lines else refusal.detail)
        if receipt.outcome is CancelOutcome.BY_BATCH:
            return Withdrawn(state=CancellationState.ASKED)
        self.books.cancellations.answered(key, CancellationState.ACCEPTED, receipt.reference)
        text = f"{key.channel.value.capitalize()} was told that it is cancelled"
        self.books.note(key, "withdrawn", text, once="withdrawn")
        return Withdrawn(state=CancellationState.ACCEPTED)

    def _rejected(self, key: OrderKey, why: str) -> Withdrawn:
        self.books.cancellations.answered(key, CancellationState.REJECTED, why)
        return Withdrawn(state=CancellationState.REJECTED, detail=why)

    def _left(self, key: OrderKey, lines: tuple[OrderLine, ...]) -> list[OrderLine]:
        """The lines of which something has not left; their `fulfilled` counts what has, in whoever's package."""
        packages = tuple(entry.package for entry in self.books.shipments.packages(key))
        return [line for line in what_has_left(lines, packages) if line.quantity > line.fulfilled]


def _by_hand(left: list[OrderLine]) -> str:
    """What a person has to take off the order at its channel, where the rest of it is with the buyer."""
    units = ", ".join(f"{line.quantity - line.fulfilled} of {line.listing}" for line in left)
    return f"not shipped, and to be cancelled or refunded there by hand: {units}"


def as_request(wish: CancelWish) -> CancelRequest:
    return CancelRequest(key=wish.key, why=wish.why, reason=wish.reason)


def as_answer(record: CancellationRecord) -> Withdrawn:
    return Withdrawn(state=record.state, detail=record.detail, reason=record.cancellation.reason)
