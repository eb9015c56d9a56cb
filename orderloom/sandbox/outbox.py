"""Sends webhooks and callbacks: late, twice or in any order by the knobs, and again while nobody takes them."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from orderloom.sandbox.knobs import DeliveryKnobs, Fate
from orderloom.sandbox.loopback import TRUSTS_NOBODY

_log = logging.getLogger(__name__)

RETRIES = 8
"""Shopify's number, over 4 hours there (docs: retry mechanism, 2024-09-10); here they follow faster."""
TIMEOUT_SECONDS = 5.0
"""Shopify allows 5 seconds for the whole exchange."""
LONGEST_WAIT_SECONDS = 60.0


@dataclass
class Delivery:
    """One webhook or callback under one delivery id, however often it is sent."""

    sender: str
    """`shopify:{account}` or `node:{node}`."""
    topic: str
    subject: str
    """The order id or dispatch id that it is about."""
    delivery_id: str
    path: str
    """Below the starter's address."""
    headers: dict[str, str]
    body: bytes
    made_at: datetime
    url: str | None = None
    """Where it goes, if not to the starter."""
    given_up: Callable[[], None] | None = None
    """What follows when nobody took it to the last retry."""
    attempts: int = 0
    answers: list[int] = field(default_factory=list)
    """HTTP status of each answer; 0 where none came."""

    @property
    def taken(self) -> int:
        """How many attempts were answered 2xx."""
        return sum(200 <= status < 300 for status in self.answers)


class Outbox:
    """Keeps every delivery it was given. Must live inside one event loop; `close` ends what is under way."""

    def __init__(self, fate: Fate, starter_url: str | None) -> None:
        self.starter_url = starter_url
        self.deliveries: list[Delivery] = []
        self._fate = fate
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_tried: dict[tuple[str, str], asyncio.Event] = {}
        """By sender and subject, whether the latest delivery has been tried once."""

    def post(self, delivery: Delivery, knobs: DeliveryKnobs) -> None:
        self.deliveries.append(delivery)
        extra = 1 if self._fate.happens(knobs.duplicate_rate) else 0
        self.send(delivery, knobs, copies=knobs.copies + extra)

    def send(self, delivery: Delivery, knobs: DeliveryKnobs, *, copies: int) -> None:
        """Send it (again) under its own id; nothing happens without an address to send to."""
        url = delivery.url or (self.starter_url + delivery.path if self.starter_url else None)
        if url is None:
            return
        for _ in range(copies):
            wait = knobs.delay_seconds + self._fate.between(0.0, knobs.jitter_seconds)
            turn = None if knobs.jitter_seconds else self._turn(delivery)
            work = self._deliver(delivery, url, wait, knobs.first_retry_seconds, turn)
            self.spawn(work)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _turn(self, delivery: Delivery) -> tuple[asyncio.Event, asyncio.Event]:
        """Deliveries about one thing are first tried in their order, unless jitter is to break it: (before, mine)."""
        subject = (delivery.sender, delivery.subject)
        before = self._last_tried.get(subject)
        if before is None:
            before = asyncio.Event()
            before.set()
        mine = self._last_tried[subject] = asyncio.Event()
        return before, mine

    async def _deliver(
        self,
        delivery: Delivery,
        url: str,
        wait: float,
        first_retry: float,
        turn: tuple[asyncio.Event, asyncio.Event] | None,
    ) -> None:
        for retry in range(RETRIES + 1):
            await asyncio.sleep(wait)
            if turn and retry == 0:
                await turn[0].wait()
            is_taken = await self._attempt(delivery, url)
            if turn:
                turn[1].set()
            if is_taken:
                return
            wait = min(first_retry * 2**retry, LONGEST_WAIT_SECONDS)
        if delivery.given_up:
            delivery.given_up()
        _log.warning("%s gave up on %s %s", delivery.sender, delivery.topic, delivery.delivery_id)

    async def _attempt(self, delivery: Delivery, url: str) -> bool:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, verify=TRUSTS_NOBODY)
        delivery.attempts += 1
        try:
            answer = await self._client.post(url, content=delivery.body, headers=delivery.headers)
        except httpx.HTTPError as lost:
            _log.info("%s got no answer to %s: %s", delivery.sender, delivery.delivery_id, type(lost).__name__)
            delivery.answers.append(0)
            return False
        delivery.answers.append(answer.status_code)
        return answer.is_success

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
