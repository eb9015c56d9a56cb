"""Tells a channel that takes cancellations in batches, one round at a time. The outbox in the database is the state.

A batch is laid down as a draft, the draft is noted, and only then is it submitted. So whatever dies, and whenever, the
next round knows what may have been sent, and looks for it at the channel before anything is sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from activities.books import Books, Channels
from activities.rereading import reread_event
from activities.retries import step
from activities.round_messages import AccountRef, CancellationRound
from orderloom.domain.cancel_batches import BatchChannel, BatchEnd, CancelEntry
from orderloom.domain.cancellations import CancellationRecord, CancellationState
from orderloom.domain.errors import OrderUnknown, OutcomeUnknown, OutsideError, Rejected, UnreadableEvent
from orderloom.domain.events import EventState
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import ChannelState, Order

DRAFT = "draft:"
LOOK_BACK = timedelta(minutes=5)
"""Clocks differ: how long before a draft was noted its batch may seem to have been made."""
WHOLE_ORDERS_ONLY = "the channel cancels whole orders only; refund there what has not left"
CANCELLED_THERE = "it was cancelled there before"
FAILED = "the channel could not process the batch"
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class CancellingActivities:
    """`poll` is the time between two questions about a batch; `apart` that between two batches (createFeed's rate)."""

    books: Books
    channels: Mapping[tuple[Channel, str], BatchChannel]
    sellers: Channels
    poll: timedelta
    apart: timedelta

    @step("cancellation_round")
    def cancellation_round(self, account: AccountRef) -> CancellationRound:
        """Settle a draft of unknown fate, hear of the batches under way, send what waits; when to come again."""
        channel = self.channels[(account.channel, account.account)]
        sent = self._waiting(account, CancellationState.SENT)
        if drafts := [record for record in sent if record.reference.startswith(DRAFT)]:
            self._settle(account, channel, drafts)
            sent = self._waiting(account, CancellationState.SENT)
        answered = sum(self._hear(channel, batch, sent) for batch in dict.fromkeys(r.reference for r in sent))
        under_way = self._waiting(account, CancellationState.SENT)
        told = 0
        if self._may_send(under_way):
            told = self._send(account, channel, self._waiting(account, CancellationState.ASKED))
        return CancellationRound(answered=answered, sent=told, wait_seconds=self._next(account))

    def _waiting(self, account: AccountRef, state: CancellationState) -> Sequence[CancellationRecord]:
        return self.books.cancellations.waiting(account.channel, account.account, state)

    def _may_send(self, under_way: Sequence[CancellationRecord]) -> bool:
        """While a batch is under way the next one gathers, as long as the channel's rate asks for anyway."""
        newest = max((record.changed_at for record in under_way), default=None)
        return newest is None or self.books.clock() - newest >= self.apart

    def _next(self, account: AccountRef) -> float | None:
        open_ones = (*self._waiting(account, CancellationState.SENT), *self._waiting(account, CancellationState.ASKED))
        return self.poll.total_seconds() if open_ones else None

    def _settle(self, account: AccountRef, channel: BatchChannel, drafts: Sequence[CancellationRecord]) -> None:
        """The oldest batch at the channel that we know nothing of is the draft; without one it was never taken."""
        earliest = min(record.changed_at for record in drafts)
        known = {r.reference for state in CancellationState for r in self._waiting(account, state)}
        found = [batch for batch in channel.since(earliest - LOOK_BACK) if batch not in known]
        draft = drafts[0].reference
        batch = found[0] if found else self._submit(channel, draft, [record.cancellation.key for record in drafts])
        if batch is None:
            return
        log.info("a batch of cancellations is settled", account=account.account, batch=batch, found=bool(found))
        self.books.cancellations.named(account.channel, account.account, draft, batch)

    def _send(self, account: AccountRef, channel: BatchChannel, asked: Sequence[CancellationRecord]) -> int:
        entries = {record.cancellation.key: entry for record in asked if (entry := self._entry(record))}
        if not entries:
            return 0
        draft = f"{DRAFT}{channel.prepare(list(entries.values()))}"
        self.books.cancellations.sent(list(entries), draft)
        batch = self._submit(channel, draft, list(entries))
        if batch is None:
            return 0
        self.books.cancellations.named(account.channel, account.account, draft, batch)
        return len(entries)

    def _submit(self, channel: BatchChannel, draft: str, keys: Sequence[OrderKey]) -> str | None:
        """After OutcomeUnknown the draft stays noted: the next round looks for its batch. None: it was refused."""
        try:
            return channel.submit(draft.removeprefix(DRAFT))
        except OutcomeUnknown:
            raise
        except Rejected as refused:
            for key in keys:
                self.books.cancellations.answered(key, CancellationState.REJECTED, refused.detail)
            return None
        except OutsideError:
            for key in keys:
                self.books.cancellations.answered(key, CancellationState.ASKED)
            raise

    def _entry(self, record: CancellationRecord) -> CancelEntry | None:
        """None where the answer is known without asking."""
        cancellation = record.cancellation
        try:
            order = self.books.orders.get(cancellation.key).order
        except OrderUnknown:
            self.books.cancellations.answered(
                cancellation.key, CancellationState.REJECTED, "there is no such order here"
            )
            return None
        lines = tuple(line.line_id for line in order.lines if line.quantity)
        if order.state is ChannelState.CANCELLED:
            self.books.cancellations.answered(cancellation.key, CancellationState.ACCEPTED, CANCELLED_THERE)
            return None
        if cancellation.lines and set(cancellation.lines) != set(lines):
            self.books.cancellations.answered(
                cancellation.key, CancellationState.REJECTED, _by_hand(order, cancellation.lines)
            )
            return None
        return CancelEntry(order_id=cancellation.key.order_id, reason=cancellation.reason, lines=lines)

    def _hear(self, channel: BatchChannel, batch: str, sent: Sequence[CancellationRecord]) -> int:
        """How many orders have their answer now."""
        result = channel.result(batch)
        if result is None:
            return 0
        mine = [record.cancellation.key for record in sent if record.reference == batch]
        mine.sort(key=lambda key: key.order_id in result.refused)
        for key in mine:
            if result.end is BatchEnd.WITHDRAWN:
                self.books.cancellations.answered(key, CancellationState.ASKED)
            elif result.end is BatchEnd.FAILED:
                self.books.cancellations.answered(key, CancellationState.REJECTED, FAILED)
            elif key.order_id in result.refused:
                self._refused(key, result.refused[key.order_id])
            else:
                self.books.cancellations.answered(key, CancellationState.ACCEPTED)
        return len(mine)

    def _refused(self, key: OrderKey, why: str) -> None:
        """An order that was cancelled there meanwhile is refused too: it is read again before a person is asked."""
        seller = self.sellers.client(key)
        try:
            body = seller.fetch(key.order_id)
            is_cancelled = seller.read(body, self.books.clock()).order.state is ChannelState.CANCELLED
        except (Rejected, UnreadableEvent):
            is_cancelled = False
        if not is_cancelled:
            self.books.cancellations.answered(key, CancellationState.REJECTED, why)
            return
        # The order hears of it by the relay, and its listings with it.
        self.books.events.store(reread_event(key, body, self.books.clock(), EventState.STORED))
        self.books.cancellations.answered(key, CancellationState.ACCEPTED, CANCELLED_THERE)


def _by_hand(order: Order, lines: Sequence[str]) -> str:
    units = ", ".join(f"{line.quantity} of {line.listing}" for line in order.lines if line.line_id in lines)
    return f"{WHOLE_ORDERS_ONLY}: {units}"
