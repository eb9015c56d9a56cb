from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.round_messages import SweepStart, Swept
from activities.sweeping import OVERLAP, AccountFeed, SweepingActivities
from orderloom.domain.errors import Rejected, Throttled
from orderloom.domain.events import NewEvent, Watermark
from orderloom.domain.keys import Channel
from tests.workflows.fakes import FakeChannel, FakePage

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = SweepStart(channel=Channel.AMAZON, account="kitchen_us")


class FakeLog:
    def __init__(self, mark: Watermark | None = None) -> None:
        self.mark = mark

    def watermark(self, channel: Channel, account: str) -> Watermark | None:
        return self.mark

    def store_page(self, events: Sequence[NewEvent], watermark: Watermark) -> int:
        self.mark = watermark
        return len(events)


def sweep(log: FakeLog, *pages: FakePage | Exception) -> tuple[Swept, FakeChannel]:
    channel = FakeChannel(pages=list(pages))
    feeds = {(START.channel, START.account): AccountFeed(channel, timedelta(days=30))}
    steps = SweepingActivities(log, feeds, clock=lambda: NOW)  # type: ignore[arg-type]
    return ActivityEnvironment().run(steps.sweep, START), channel


def mark(**facts: object) -> Watermark:
    return Watermark.model_validate({"channel": "amazon", "account": "kitchen_us", "read_until": NOW, **facts})


def test_the_first_sweep_looks_back_and_remembers_how_far_it_read() -> None:
    log = FakeLog()
    _, channel = sweep(log, FakePage((), None, NOW - timedelta(minutes=2)))
    assert channel.swept == [(NOW - timedelta(days=30), None)]
    assert log.mark == mark(read_until=NOW - timedelta(minutes=2))


def test_the_next_sweep_overlaps_the_one_before() -> None:
    _, channel = sweep(FakeLog(mark()), FakePage((), None, NOW))
    assert channel.swept == [(NOW - OVERLAP, None)]


def test_a_throttled_sweep_goes_on_at_the_page_it_had_come_to() -> None:
    log = FakeLog(mark())
    with pytest.raises(ApplicationError) as throttled:
        sweep(log, FakePage((), "page-2", NOW), Throttled("amazon:us", 178))
    assert throttled.value.next_retry_delay == timedelta(seconds=178)
    assert log.mark == mark(page_token="page-2", sweep_from=NOW - OVERLAP)
    _, channel = sweep(log, FakePage((), None, NOW + timedelta(minutes=1)))
    assert channel.swept == [(NOW - OVERLAP, "page-2")]
    assert log.mark == mark(read_until=NOW + timedelta(minutes=1))


def test_a_page_token_that_died_begins_the_sweep_again() -> None:
    log = FakeLog(mark(page_token="old", sweep_from=NOW - timedelta(hours=1)))
    _, channel = sweep(log, Rejected("amazon:us", "InvalidInput", "token expired"), FakePage((), None, NOW))
    assert channel.swept == [(NOW - timedelta(hours=1), "old"), (NOW - timedelta(hours=1), None)]


def test_a_channel_that_does_not_say_how_far_it_read_never_moves_the_watermark_back() -> None:
    log = FakeLog(mark())
    sweep(log, FakePage((), None, NOW - OVERLAP))
    assert log.mark == mark()
