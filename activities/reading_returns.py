"""Asks a channel for its report of returns and stores each row as an event of its order. The relay hands them on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from activities.books import Books, utc_now
from activities.retries import step
from activities.round_messages import ReturnsAsked, ReturnsRead, ReturnsStart
from orderloom.domain.events import EventState, NewEvent
from orderloom.domain.returns_report import ReportWindow, ReturnsChannel

LOOK_BACK = timedelta(days=60)
"""What one report may hold (Amazon's limit): a return is told by the day it was asked for, and is back weeks later."""
CLOCKS_APART = timedelta(minutes=5)
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ReturnsActivities:
    """`poll` is the time between two looks at a report that is being made."""

    books: Books
    channels: Mapping[str, ReturnsChannel]
    poll: timedelta
    clock: Callable[[], datetime] = utc_now

    @step("ask_for_returns")
    def ask_for_returns(self, start: ReturnsStart) -> ReturnsAsked:
        """A report that was made since this run began and covers its window is taken: its answer may have been lost."""
        channel = self.channels[start.account]
        until = (start.began or self.clock()).replace(microsecond=0)
        window = ReportWindow(since=until - LOOK_BACK, until=until)
        found = channel.find(window, until - CLOCKS_APART)
        if found:
            log.info("a report of returns was found", account=start.account, report=found)
        return ReturnsAsked(account=start.account, report=found or channel.ask(window))

    @step("read_returns")
    def read_returns(self, asked: ReturnsAsked) -> ReturnsRead:
        events = self.channels[asked.account].read(asked.report)
        if events is None:
            return ReturnsRead(wait_seconds=self.poll.total_seconds())
        return self._store(asked.account, events)

    def _store(self, account: str, events: Sequence[NewEvent]) -> ReturnsRead:
        """An order that is not here is left out: its row is in the next reports too, and it may be here by then."""
        new = came_back = unreadable = unknown = 0
        for event in events:
            if event.order_key and self.books.orders.find(event.order_key) is None:
                unknown += 1
                continue
            unreadable += event.state is EventState.UNREADABLE
            if not self.books.events.store(event).duplicate:
                new += 1
                came_back += event.state is EventState.STORED
        if unreadable:
            log.warning("rows of a report of returns could not be read", account=account, rows=unreadable)
        return ReturnsRead(rows=len(events), new=new, came_back=came_back, unreadable=unreadable, unknown=unknown)
