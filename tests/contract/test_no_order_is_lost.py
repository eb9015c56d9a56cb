"""Notifications may be missed in every way there is: after the next sweep every order is in the event log, once known.

Real parts: the sandbox's orders, searchOrders and messages, a real queue, our reader, our sweep, and the store.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.round_messages import SweepStart, Swept
from activities.sweeping import AccountFeed, SweepingActivities
from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.amazon.queue import SqsQueue
from orderloom.channels.amazon.queue_policy import needed_policy
from orderloom.domain.events import EventState
from orderloom.domain.keys import Channel
from orderloom.sandbox.knobs import Knobs, NotificationKnobs
from orderloom.storage.store import Store, open_store
from orderloom.storage.tables import raw_events
from starter.connecting_amazon import connect_account
from starter.metrics import Meters
from starter.notifications import NotificationReader
from starter.notified import NotificationIntake, Taken
from tests.contract.test_our_clients import AMAZON
from tests.sandbox.world import CONFIG, SELLER, World, order, running_world
from tests.sqs import QueueServer, TestQueue
from tests.starter.servers import until
from tests.storage import shop

START = SweepStart(channel=Channel.AMAZON, account=SELLER.account)
PAGE = 100


@dataclass
class Desk:
    world: World
    queue: TestQueue
    store: Store
    source: SqsQueue

    def sell(self, count: int) -> set[str]:
        """Orders whose messages, where they are sent, lie in the queue when this returns."""
        before, lost = self.queue.left(), self.world.control.knobs().notifications.lost_rate
        placed = {self.world.control.place_amazon_order(SELLER.account, order()) for _ in range(count)}
        if not lost:
            until(lambda: self.queue.left() == before + count)
        return {f"amazon:{SELLER.account}:{order_id}" for order_id in placed}

    def read_queue(self) -> list[Taken]:
        """A reader that was just started takes all that lies there."""
        intake = NotificationIntake(AMAZON, self.store.events, lambda key, quantity: None, lambda dispatch: None)
        reader = NotificationReader(SELLER.account, self.source, intake, Meters())
        taken: list[Taken] = []
        while batch := reader.take_batch(lambda: None, lambda node: None):
            taken += batch
        return taken

    def sweep(self) -> Swept:
        """Once searchOrders shows what is two minutes old, by a worker that was just started."""
        self.world.clock.advance(121)
        with closing(connected(self.world)) as channel:
            feeds = {(START.channel, START.account): AccountFeed(channel, timedelta(days=30))}
            steps = SweepingActivities(self.store.events, feeds, clock=self.world.clock.now)
            done: Swept = ActivityEnvironment().run(steps.sweep, START)
            return done

    def to_be_handed_over(self) -> set[str]:
        """The orders that the relay will start or tell."""
        columns = raw_events.c
        statement = select(columns.order_key).where(columns.state == EventState.STORED)
        return {str(key) for key in self.store.database.read(lambda c: c.execute(statement).scalars().all())}


def connected(world: World) -> AmazonChannel:
    credentials = AmazonCredentials(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token)
    url = world.sandbox.url
    return AmazonChannel(AMAZON, credentials, endpoint=url, token_url=f"{url}/auth/o2/token", timeout=20.0)


@pytest.fixture
def desk(queue_server: QueueServer, tmp_path: Path) -> Iterator[Desk]:
    queue = queue_server.queue()
    queue.allow(json.loads(needed_policy(queue.arn)))
    source = SqsQueue(SELLER.account, queue.settings, endpoint=queue_server.endpoint, poll_seconds=0)
    with running_world(CONFIG.model_copy(update={"sqs_endpoint": queue_server.endpoint})) as world:
        store = open_store(
            f"sqlite:///{tmp_path / 'orderloom.db'}", shop.KEYS, accounts=(AMAZON,), clock=world.clock.now
        )
        with closing(connected(world)) as channel, closing(store), closing(source):
            assert all(step.state.is_good for step in connect_account(source, channel.subscriptions, dry_run=False))
            yield Desk(world, queue, store, source)


def test_a_stopped_reader_loses_no_order(desk: Desk) -> None:
    sold = desk.sell(2)
    assert desk.read_queue() == [Taken.STORED] * 2
    sold |= desk.sell(3)
    desk.sweep()
    assert desk.to_be_handed_over() == sold
    assert desk.read_queue() == [Taken.STORED] * 3, "it was started again, and meets what the sweep has found"
    assert (desk.to_be_handed_over(), desk.queue.left()) == (sold, 0)


def test_a_purged_queue_loses_no_order(desk: Desk) -> None:
    sold = desk.sell(3)
    desk.queue.purge()
    until(lambda: desk.queue.left() == 0)
    assert desk.read_queue() == []
    assert desk.to_be_handed_over() == set()
    desk.sweep()
    assert desk.to_be_handed_over() == sold


def test_a_week_of_downtime_loses_no_order(desk: Desk) -> None:
    """Neither reader nor sweep runs, and what was sent has fallen out of the queue long ago."""
    sold = desk.sell(1)
    desk.sweep()
    desk.world.control.set_knobs(Knobs(notifications=NotificationKnobs(lost_rate=1.0)))
    for _ in range(7):
        sold |= desk.sell(18)
        desk.world.clock.advance(24 * 60 * 60)
    desk.queue.purge()
    assert desk.sweep().pages == 2, "more than one page of orders"
    assert len(sold) > PAGE
    assert desk.to_be_handed_over() == sold


def test_messages_that_are_lost_doubled_or_damaged_lose_no_order(desk: Desk) -> None:
    knobs = NotificationKnobs(lost_rate=0.3, duplicate_rate=0.5, poison_rate=0.3)
    desk.world.control.set_knobs(Knobs(seed=11, notifications=knobs))
    sold = desk.sell(12)
    desk.sweep()
    desk.read_queue()
    assert desk.to_be_handed_over() == sold
