"""The publisher on a real server, with an outbox and listings that a test fills."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import queues
from activities.publishing import PublishingActivities
from orderloom.domain.errors import OutcomeUnknown
from orderloom.domain.keys import Channel, publisher_id
from orderloom.domain.listing.offers import OfferPage, PushState
from orderloom.domain.listing.ports import ListingBook, ListingChannel
from starter.publishers import Publishers
from tests.workflows.fake_listings import LONG_AGO, Account, FakeListingBook, FakeListings, batch, offer
from tests.workflows.stage import Stage
from worker import steps_of
from workflows.visibility import ACCOUNT

_numbers = itertools.count(1)
LONG_LIFE = 40
"""Batches: more rounds than one run has, by what the server suggests (tests/workflows/server.py)."""


@dataclass
class Corner:
    """A shop of its own for each test, so that no two share a queue."""

    client: Client
    server: WorkflowEnvironment
    account: Account
    book: FakeListingBook = field(default_factory=FakeListingBook)
    listings: FakeListings = field(default_factory=FakeListings)
    channels: dict[Account, ListingChannel] = field(default_factory=dict)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(publisher_id(*self.account))

    def has_work(self, number: int = 1) -> None:
        self.book.outbox.append(batch(number, self.account))
        self.book.busy = [self.account]

    def has_answered(self, pushes: int) -> bool:
        return len(self.book.answers) >= pushes

    async def wake(self) -> None:
        """What a relay does that has just started."""
        await Publishers(cast(ListingBook, self.book), [self.account]).wake(self.client)

    async def until(self, holds: Callable[[], object]) -> None:
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other threads, without an event to wait on
            await asyncio.sleep(0.02)


@pytest.fixture
async def corner(client: Client, server: WorkflowEnvironment, stage: Stage) -> AsyncIterator[Corner]:
    corner = Corner(client, server, (Channel.SHOPIFY, f"corner_{next(_numbers)}"))
    corner.book.read_at = {corner.account: LONG_AGO}
    corner.channels[corner.account] = corner.listings
    steps = PublishingActivities(cast(ListingBook, corner.book), corner.channels)
    with ThreadPoolExecutor(2) as threads:
        queue = queues.listings(*corner.account)
        async with Worker(client, task_queue=queue, activities=steps_of(steps), activity_executor=threads):
            yield corner
            with suppress(RPCError):
                await corner.handle.terminate("the test is over")


async def test_work_reaches_the_channel_and_a_second_signal_finds_the_same_publisher(corner: Corner) -> None:
    corner.has_work(1)
    await corner.wake()
    await corner.until(lambda: corner.book.states == [PushState.DONE])
    corner.has_work(2)
    await corner.wake()
    await corner.until(lambda: len(corner.book.states) == 2)
    assert [sent.batch_key for sent in corner.listings.pushed] == ["batch-1", "batch-2"]


async def test_the_catalogue_is_read_before_the_first_push(corner: Corner) -> None:
    del corner.book.read_at[corner.account]
    corner.listings.pages = [OfferPage(offers=(offer(account=corner.account),))]
    corner.has_work()
    await corner.wake()
    await corner.until(lambda: corner.book.states == [PushState.DONE])
    assert [one.key.listing for one in corner.book.recorded] == ["PAN"]


async def test_a_reading_that_is_due_later_is_made_when_its_time_comes(corner: Corner) -> None:
    corner.book.wait_seconds = 3600.0
    await corner.wake()
    await corner.until(lambda: corner.book.rounds >= 2)
    corner.book.due = [offer(account=corner.account)]
    corner.listings.shown = [offer(quantity=4, account=corner.account)]
    await corner.server.fast_forward(corner.handle, timedelta(hours=1, seconds=1))
    await corner.until(lambda: [one.quantity for one in corner.book.recorded] == [4])


async def test_a_publisher_that_was_lost_after_sending_sends_the_same_batch_again(corner: Corner) -> None:
    corner.listings.failures = [OutcomeUnknown("shopify:corner", "no answer")]
    corner.has_work()
    await corner.wake()
    await corner.until(lambda: corner.listings.pushed)
    await corner.handle.terminate("lost")
    await corner.wake()
    await corner.until(lambda: corner.book.states == [PushState.DONE])
    assert {sent.batch_key for sent in corner.listings.pushed} == {"batch-1"}


async def test_a_long_life_goes_on_as_a_new_run_with_nothing_lost_and_nothing_sent_twice(corner: Corner) -> None:
    backlog = [batch(number, corner.account) for number in range(1, LONG_LIFE + 1)]
    corner.book.outbox = list(backlog)
    await corner.wake()
    first = (await corner.handle.describe()).run_id
    for told in range(1, LONG_LIFE, 3):
        await corner.until(partial(corner.has_answered, told))
        await corner.handle.signal("work")
    await corner.until(lambda: len(corner.book.answers) == LONG_LIFE)
    assert [sent.batch_key for sent in corner.listings.pushed] == [each.batch_key for each in backlog]
    later = await corner.handle.describe()
    assert later.run_id != first
    assert later.status is WorkflowExecutionStatus.RUNNING
    assert later.typed_search_attributes.get(ACCOUNT) == corner.account[1], "it is found as before"
    corner.has_work(LONG_LIFE + 1)
    await corner.wake()
    await corner.until(lambda: len(corner.book.answers) == LONG_LIFE + 1)
    assert len(corner.listings.pushed) == LONG_LIFE + 1


async def test_a_publisher_ends_when_its_account_publishes_no_more(corner: Corner) -> None:
    corner.has_work()
    await corner.wake()
    await corner.until(lambda: corner.book.states == [PushState.DONE])
    del corner.channels[corner.account]
    await corner.handle.signal("work")
    await corner.handle.result()


async def test_an_unchanged_backlog_is_not_signalled_at_every_look_but_again_after_a_while(corner: Corner) -> None:
    now = 100.0
    publishers = Publishers(cast(ListingBook, corner.book), [corner.account], clock=lambda: now)
    assert await publishers.wake(corner.client) == 1, "an account is woken once even if nothing is known of it"
    assert await publishers.wake(corner.client) == 0
    corner.book.busy = [corner.account, (Channel.AMAZON, "does_not_publish")]
    assert await publishers.wake(corner.client) == 1
    now = 101.0
    assert await publishers.wake(corner.client) == 0
    now = 106.0
    assert await publishers.wake(corner.client) == 1
    corner.book.busy = []
    assert await publishers.wake(corner.client) == 0
    corner.book.busy = [corner.account]
    assert await publishers.wake(corner.client) == 1, "new work after a rest is told at once"
