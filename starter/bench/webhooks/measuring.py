"""Webhooks acknowledged a second by the starter, beside a bare FastAPI app that answers with the length of the body.

Each is one uvicorn process, asked by the same clients in this one. Acknowledged means verified, encrypted and
committed to a SQLite file; Temporal is away, so nothing follows from the events.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles

import httpx

from orderloom.domain.errors import Unavailable
from starter.bench.webhooks.real import SECRET
from starter.bench.webhooks.serving import served

BARE, REAL = "starter.bench.webhooks.bare", "starter.bench.webhooks.real"
PATIENCE_SECONDS = 120.0
WARM_UP = 20


@dataclass(frozen=True)
class Answers:
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class WebhookSpeed:
    """A ratio of 1 would be a starter that costs nothing beyond HTTP."""

    webhooks: int
    at_once: int
    orderloom: Answers
    bare: Answers
    ratio: float


def measure(count: int, at_once: int) -> WebhookSpeed:
    """Each in a process of its own. Raises Unavailable where one of them does not answer."""
    with served(BARE) as bare, served(REAL) as starter:
        return compare(bare, starter, count, at_once)


def compare(bare: str, starter: str, count: int, at_once: int) -> WebhookSpeed:
    """The bare app half before and half after, so that a machine that slows down does not favour one."""
    half = max(count // 2, 2)
    try:
        for address in (bare, starter):
            asyncio.run(_send(address, 1, 1, 0))  # Both have started before one is measured.
        first = asyncio.run(_send(bare, half, at_once, 1))
        real = asyncio.run(_send(starter, count, at_once, 2))
        second = asyncio.run(_send(bare, half, at_once, 3))
    except httpx.TransportError as failure:
        raise Unavailable("the measured app", f"did not answer: {type(failure).__name__}") from failure
    mine, theirs = _answers(*real), _answers(first[0] + second[0], first[1] + second[1])
    return WebhookSpeed(count, at_once, mine, theirs, round(mine.per_second / theirs.per_second, 3))


async def _send(address: str, count: int, at_once: int, turn: int) -> tuple[float, list[float]]:
    """Seconds for all, and for each. Raises Unavailable where one was not acknowledged."""
    times: list[float] = []
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS, limits=limits) as client:

        async def send(number: int) -> None:
            body = json.dumps({"id": number, "name": f"#{number}", "line_items": [{"sku": "PAN"}] * 3}).encode()
            begun = time.perf_counter()
            answer = await client.post("/webhooks/shopify/bench", content=body, headers=_signed(body, f"{number}"))
            times.append(time.perf_counter() - begun)
            if answer.status_code != httpx.codes.OK:
                raise Unavailable("the measured app", f"answered {answer.status_code}")

        async def sender(numbers: Iterator[int]) -> None:
            for number in numbers:
                await send(number)

        base = turn * 10_000_000
        await sender(iter(range(base, base + WARM_UP)))
        times.clear()
        numbers = iter(range(base + WARM_UP, base + WARM_UP + count))
        begun = time.perf_counter()
        await asyncio.gather(*(sender(numbers) for _ in range(at_once)))
        return time.perf_counter() - begun, times


def _answers(seconds: float, times: list[float]) -> Answers:
    cuts = quantiles(times, n=100)
    return Answers(round(len(times) / seconds, 1), round(cuts[49] * 1000, 2), round(cuts[98] * 1000, 2))


def _signed(body: bytes, delivery: str) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": "bench.myshopify.com",
        "X-Shopify-Webhook-Id": delivery,
    }
