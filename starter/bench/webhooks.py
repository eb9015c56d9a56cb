"""Webhooks acknowledged a second by the starter, beside a bare FastAPI app that answers with the length of the body.

Each is one uvicorn process, asked by the same clients in this one. Acknowledged means verified, encrypted and
committed to a SQLite file; Temporal is away, so nothing follows from the events.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles

import httpx
import uvicorn
from fastapi import FastAPI, Request

from orderloom.configuration import load_config
from orderloom.domain.errors import Unavailable
from orderloom.settings import AccountSecrets, Settings
from starter.http import create_app
from starter.logging import configure_logging
from starter.opening import open_merchant_store
from starter.services import join
from starter.temporal import connector

SHOP = Path(__file__).with_name("shop.yaml")
SECRET = "bench"  # noqa: S105 - of a shop that does not exist
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
    """The bare app half before and half after, so that a machine that slows down does not favour one."""
    half = max(count // 2, 2)
    with _served(_serve_bare) as bare_address, _served(_serve_starter) as starter_address:
        bare, starter = bare_address(), starter_address()
        first = asyncio.run(_send(bare, half, at_once, 0))
        real = asyncio.run(_send(starter, count, at_once, 1))
        second = asyncio.run(_send(bare, half, at_once, 2))
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


@contextmanager
def _served(serve: Callable[[str, Connection], None]) -> Iterator[Callable[[], str]]:
    """An app in a process of its own, which ends with the block: waits for its address. Raises Unavailable."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="orderloom-bench-") as folder:
        process = context.Process(target=serve, args=(folder, theirs), daemon=True)
        process.start()

        def address() -> str:
            if not ours.poll(PATIENCE_SECONDS):
                raise Unavailable("the measured app", "did not start in time")
            return str(ours.recv())

        try:
            yield address
        finally:
            process.terminate()
            process.join(PATIENCE_SECONDS)


def _serve_bare(folder: str, ready: Connection) -> None:
    app = FastAPI()

    @app.post("/webhooks/shopify/{account}")
    async def echo(account: str, request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    _serve(app, ready)


def _serve_starter(folder: str, ready: Connection) -> None:
    configure_logging("CRITICAL", as_json=True)
    secrets = AccountSecrets.model_validate({"webhook_secrets": [SECRET]})
    settings = Settings(
        state_dir=Path(folder),
        config=SHOP,
        database_url=None,
        key_ring={},
        accounts={"bench": secrets},
        nodes={},
        temporal_address="127.0.0.1:9",
    )
    config = load_config(SHOP)
    store = open_merchant_store(settings, config)
    _serve(create_app(join(settings, config, store, connector(settings))), ready)


def _serve(app: FastAPI, ready: Connection) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    # Calls wait in the listener's queue until the app has started.
    ready.send(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server.run(sockets=[listener])
