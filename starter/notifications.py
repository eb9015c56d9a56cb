"""Reads the queues of Amazon's notifications, one thread for each account that has one, beside the relay.

Receive, store, delete, in that order. With the database away a batch is kept, hidden from other readers, until it could
be stored; at a stop what was not stored is given back. Several starters may read one queue.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from orderloom.channels.amazon.queue import QueueMessage
from orderloom.domain.errors import OrderloomError
from starter.metrics import Meters
from starter.notified import NotificationIntake, Taken

FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.5, 30.0
log = structlog.get_logger(__name__)


class MessageQueue(Protocol):
    """SqsQueue, or what stands in for it."""

    def receive(self) -> Sequence[QueueMessage]: ...
    def delete(self, messages: Sequence[QueueMessage]) -> int: ...
    def hide(self, messages: Sequence[QueueMessage], seconds: int = ...) -> None: ...
    def close(self) -> None: ...


class NotificationReader:
    """One account's queue. `start`, then `stop` and `join`."""

    def __init__(self, account: str, queue: MessageQueue, intake: NotificationIntake, meters: Meters) -> None:
        self._account = account
        self._queue = queue
        self._intake = intake
        self._meters = meters
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._backoff = FIRST_BACKOFF_SECONDS

    def start(self, stored: Callable[[], None], follow: Callable[[str], None]) -> None:
        """`stored` is told of every batch with an event for the relay; `follow` of each node to be asked at once."""
        # A daemon: a long poll cannot be cut short, and what it would still bring comes again.
        self._thread = threading.Thread(
            target=self.run, args=(stored, follow), name=f"notifications:{self._account}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, seconds: float) -> bool:
        """Whether it has ended within this time; a poll under way may last 20 s."""
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def run(self, stored: Callable[[], None], follow: Callable[[str], None]) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    self.take_batch(stored, follow)
                    self._backoff = FIRST_BACKOFF_SECONDS
                except OrderloomError as failure:
                    log.warning("the notifications wait", account=self._account, why=str(failure))
                    self._back_off()
                except Exception:
                    # A defect must not end the reading: what was not deleted comes again.
                    log.exception("the notifications failed", account=self._account)
                    self._back_off()
        finally:
            self._queue.close()

    def take_batch(self, stored: Callable[[], None], follow: Callable[[str], None]) -> list[Taken]:
        """One receive: what became of its messages. Raises OutsideError where the queue cannot be read."""
        messages = self._queue.receive()
        if not messages:
            return []
        taken = self._take(messages, follow)
        if not taken:
            self._queue.hide(messages, 0)
            return []
        for each in taken:
            self._meters.notifications.labels(account=self._account, outcome=each.value).inc()
        if Taken.STORED in taken:
            stored()
        self._queue.delete(messages)
        return taken

    def _take(self, messages: Sequence[QueueMessage], follow: Callable[[str], None]) -> list[Taken]:
        """Nothing where the reader was stopped before the database took them."""
        while not self._stopped.is_set():
            try:
                return self._intake.take(messages, follow)
            except OrderloomError as failure:
                log.warning("notifications cannot be stored yet", account=self._account, why=str(failure))
                self._back_off()
                self._queue.hide(messages)
        return []

    def _back_off(self) -> None:
        self._stopped.wait(self._backoff)
        self._backoff = min(self._backoff * 2, LONGEST_BACKOFF_SECONDS)
