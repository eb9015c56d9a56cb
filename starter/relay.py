"""The only way from the event log to Temporal.

Webhooks, sweeps and callbacks store their events and wake the relay; nothing else starts or signals an order. The relay
claims stored events by lease, so several starters may run: an event whose relay died is free again when its lease ends.
Handing over is signal-with-start, so it may be repeated: the order's workflow knows its events by their ids.

While Temporal is away nothing is claimed; a batch that was under way is kept and tried again for most of its lease.
Events of one order go over in the order they came in; different orders go over side by side. After each batch the
publishers of accounts with work are woken too (starter/publishers.py): the sales in it are among what they wait for.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from temporalio.client import Client

from orderloom.domain.errors import OrderloomError, Unavailable
from orderloom.domain.events import EventState, PendingEvent, Wakeup
from orderloom.domain.keys import OrderKey
from orderloom.storage.store import Store
from starter.batches import Batches
from starter.handover import Handover, Outcome
from starter.metrics import Meters
from starter.publishers import Publishers
from starter.temporal import TemporalConnection

BATCH = 64
SIDE_BY_SIDE = 16
POLL_SECONDS = 0.5
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.25, 5.0
LEASE_SHARE = 0.8
"""How much of its lease a batch is kept for: the rest is for the marks of what went over last."""

log = structlog.get_logger(__name__)
Job = PendingEvent | Wakeup


class Relay:
    """Runs as one task in the starter: `run` until `stop`."""

    def __init__(
        self,
        store: Store,
        temporal: TemporalConnection,
        *,
        lease: timedelta,
        meters: Meters | None = None,
        publishers: Publishers | None = None,
        batches: Batches | None = None,
    ) -> None:
        self._store = store
        self._temporal = temporal
        self._lease = lease
        self._meters = meters or Meters()
        self._publishers = publishers
        self._batches = batches
        self._handover = Handover(store.orders)
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._backoff = FIRST_BACKOFF_SECONDS

    def wake(self) -> None:
        """Something was stored. Call it from the relay's own event loop."""
        self._woken.set()

    async def run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                handed_over = await self.hand_over_batch()
            except OrderloomError as failure:
                log.warning("the relay waits", why=str(failure), seconds=self._backoff)
                await self._back_off()
                continue
            except Exception:
                # A defect must not end the only way to Temporal: events stay stored and come again.
                log.exception("the relay failed")
                await self._back_off()
                continue
            self._backoff = FIRST_BACKOFF_SECONDS
            if not handed_over:
                await _wait_for(self._woken, POLL_SECONDS)

    def stop(self) -> None:
        """Let `run` return after the batch that is under way."""
        self._stopped.set()
        self._woken.set()

    async def hand_over_batch(self) -> int:
        """Claim what is stored and hand it over; how many events and wake-ups were claimed.

        Raises Unavailable, with nothing claimed, while Temporal does not answer.
        """
        await self._temporal.check()
        client = await self._temporal.client()
        kept_until = asyncio.get_running_loop().time() + self._lease.total_seconds() * LEASE_SHARE
        events, wakeups = await asyncio.gather(
            asyncio.to_thread(self._store.events.claim, BATCH, self._lease),
            asyncio.to_thread(self._store.events.claim_wakeups, BATCH, self._lease),
        )
        jobs: list[Job] = [*events, *wakeups]
        left = await self._try_all(client, _by_order(jobs))
        while left and not self._stopped.is_set() and asyncio.get_running_loop().time() < kept_until:
            await self._back_off()
            left = await self._try_all(client, left)
        nameless = await self._resolve(client)
        if self._publishers is not None:
            await self._publishers.wake(client)
        if self._batches is not None:
            await self._batches.wake(client)
        return len(jobs) + nameless

    async def _resolve(self, client: Client) -> int:
        """Events whose order is not known go to a workflow each; named, they come back as any other."""
        claimed = await asyncio.to_thread(self._store.events.claim_nameless, BATCH, self._lease)
        for event in claimed:
            await self._handover.resolve(client, event)
        return len(claimed)

    async def _try_all(self, client: Client, orders: Sequence[list[Job]]) -> list[list[Job]]:
        """Try every order's events; what Temporal could not take now is given back."""
        slots = asyncio.Semaphore(SIDE_BY_SIDE)
        is_down = asyncio.Event()

        async def one_order(waiting: list[Job]) -> list[Job]:
            async with slots:
                while waiting and not is_down.is_set():
                    try:
                        await self._do(client, waiting[0])
                    except Unavailable as failure:
                        if not is_down.is_set():
                            log.warning("an event could not be handed over", why=str(failure))
                        is_down.set()
                        break
                    waiting = waiting[1:]
                return waiting

        left = await asyncio.gather(*(one_order(waiting) for waiting in orders))
        return [waiting for waiting in left if waiting]

    async def _do(self, client: Client, job: Job) -> None:
        """Raises Unavailable; any other failure leaves this one job to the end of its lease."""
        try:
            if isinstance(job, Wakeup):
                await self._handover.wake_up(client, job)
                await asyncio.to_thread(self._store.events.wakeup_done, job.wakeup_id)
            else:
                outcome = await self._handover.hand_over(client, job)
                state = EventState.LATE if outcome is Outcome.LATE else EventState.DELIVERED
                await asyncio.to_thread(self._store.events.mark, job.event_id, state)
                self._meters.handovers.labels(outcome=outcome.value).inc()
        except Unavailable:
            self._meters.handovers.labels(outcome="failed").inc()
            raise
        except Exception:
            self._meters.handovers.labels(outcome="failed").inc()
            log.exception("an event could not be handed over", order=str(job.order_key))

    async def _back_off(self) -> None:
        """A stored event does not cut this short: what is away is as far away as before. A stop does."""
        wait = self._backoff
        self._backoff = min(wait * 2, LONGEST_BACKOFF_SECONDS)
        await _wait_for(self._stopped, wait)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _by_order(jobs: Iterable[Job]) -> list[list[Job]]:
    orders: dict[OrderKey, list[Job]] = {}
    for job in jobs:
        orders.setdefault(job.order_key, []).append(job)
    return list(orders.values())
