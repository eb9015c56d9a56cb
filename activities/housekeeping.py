"""What nobody asks for and must happen: forgetting what is old, and finding orders that lost their workflow."""

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import structlog
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.books import Books
from activities.retries import step
from orderloom.domain.books import Privacy
from orderloom.domain.events import LOOK, EventSource, NewEvent
from orderloom.domain.keys import Channel, OrderKey, workflow_id
from orderloom.domain.listing.ports import ListingBook

log = structlog.stdlib.get_logger(__name__)

QUIET = timedelta(minutes=10)
"""Visibility lags behind; an order that changed a moment ago is not looked at."""
LOOK_EVERY = timedelta(hours=4)
"""While a shop has few open orders; it doubles as long as they are more than `LOOKS_A_MINUTE` reads in that time."""
LOOKS_A_MINUTE = 10
"""Of one shop: some tenth of what a standard plan may ask, so that news of a flash sale never waits for it."""
LOOKS_A_ROUND = 15 * LOOKS_A_MINUTE
"""A round comes every 15 minutes. What is due beyond it, say after an outage, is left to the next."""
LOST = "lost: it had no running workflow"
"""The reason of the wakeup that restarts an order."""
RUNNING_ORDERS = "WorkflowType = 'order' AND ExecutionStatus = 'Running'"


@dataclass(frozen=True)
class HousekeepingActivities:
    books: Books
    privacy: Privacy
    listings: ListingBook

    @step("purge_personal_data")
    def purge_personal_data(self) -> int:
        """How many orders were purged."""
        return self.privacy.purge(self.books.clock())

    @step("forget_old_pushes")
    def forget_old_pushes(self) -> int:
        """How many finished pushes of long ago were forgotten."""
        return self.listings.prune()

    @step("look_at_open_orders")
    def look_at_open_orders(self) -> int:
        """Have each open order of a shop read again once in a stretch, at a time of its own. Returns how many now.

        No field of an order tells that a hold, its release or a move happened: where the webhook was lost, only a
        reading shows it. Amazon's orders are swept by their last change.
        """
        open_keys = self.books.orders.open_keys(self.books.clock() - QUIET)
        by_shop: dict[str, list[OrderKey]] = {}
        for key in open_keys:
            if key.channel is Channel.SHOPIFY:
                by_shop.setdefault(key.account, []).append(key)
        return sum(self._look_at(keys) for keys in by_shop.values())

    def _look_at(self, keys: Sequence[OrderKey]) -> int:
        """Those of one shop whose time has come."""
        now, stretch = self.books.clock(), stretch_of(len(keys))
        looks = (_look(key, now, stretch) for key in keys if _has_come(key, now, stretch))
        fresh = (look for look in looks if not self.books.events.store(look).duplicate)
        return sum(1 for _ in islice(fresh, LOOKS_A_ROUND))

    @step("wake_lost_orders")
    async def wake_lost_orders(self) -> int:
        """Leave a wakeup for each open order without a running workflow; the relay restarts it. Returns how many."""
        open_keys = await asyncio.to_thread(self.books.orders.open_keys, self.books.clock() - QUIET)
        lost = await _without_workflow(activity.client(), open_keys)
        for key in lost:
            log.warning("an open order had no running workflow", order=str(key))
            await asyncio.to_thread(self.books.events.wake, key, LOST)
        return len(lost)


def stretch_of(open_orders: int) -> timedelta:
    """How long it takes to look at each of a shop's open orders once."""
    stretch = LOOK_EVERY
    while open_orders > LOOKS_A_MINUTE * stretch / timedelta(minutes=1):
        stretch *= 2
    return stretch


def _look(key: OrderKey, now: datetime, stretch: timedelta) -> NewEvent:
    """One for each stretch, however often it is stored."""
    begun = int(now.timestamp() // stretch.total_seconds() * stretch.total_seconds())
    return NewEvent(
        origin=f"{key.channel}:{key.account}",
        topic=LOOK,
        delivery_id=f"{key.order_id}:{begun}",
        source=EventSource.SWEEP,
        body=b"{}",
        received_at=now,
        order_key=key,
    )


def _has_come(key: OrderKey, now: datetime, stretch: timedelta) -> bool:
    """Spread over the stretch, so that no shop is asked for all of its orders at once."""
    turn = zlib.crc32(str(key).encode()) / 2**32
    return now.timestamp() % stretch.total_seconds() >= turn * stretch.total_seconds()


async def _without_workflow(client: Client, keys: Sequence[OrderKey]) -> list[OrderKey]:
    if not keys:
        return []
    running = {execution.id async for execution in client.list_workflows(RUNNING_ORDERS)}
    suspects = [key for key in keys if workflow_id(key) not in running]
    return [key for key in suspects if not await _runs(client, key)]


async def _runs(client: Client, key: OrderKey) -> bool:
    """The list is eventually consistent; this answer is exact."""
    try:
        description = await client.get_workflow_handle(workflow_id(key)).describe()
    except RPCError as missing:
        if missing.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return description.status is WorkflowExecutionStatus.RUNNING
