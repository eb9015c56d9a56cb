"""The workers that all tests share, and the clock of a store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from temporalio.client import Client
from temporalio.worker import Worker

from activities.rulings import Rulings
from orderloom.domain.routing import Router
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.clients import Clients
from tests.workflows.fakes import FakeCallbacks
from tests.workflows.merchant import CONFIG, NODES, SOLD
from worker import build_workers

if TYPE_CHECKING:
    from tests.workflows.world import World


@dataclass
class StoreClock:
    """What the store takes for the present: `behind` the real one where a test needs rows that are old."""

    behind: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.behind


class Stage:
    """The one set of workers that all tests share, playing in whichever world is on. Starting and stopping workers
    for each test would lose tasks that the server hands to a worker which has just left."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.world: World

    def workers(self, threads: ThreadPoolExecutor) -> list[Worker]:
        clients = Clients(
            amazon=cast(Any, {"kitchen_us": self._channel("amazon")}),
            shopify=cast(Any, {"kitchen": self._channel("shopify")}),
            nodes=cast(Any, {node: self._stand_in(node) for node in NODES}),
            callbacks=cast(Any, {node: FakeCallbacks(node) for node in NODES}),
            actions=cast(Any, {name: self._stand_in(f"actions.{name}") for name in CONFIG.actions if name != SOLD}),
        )
        ports = ("events", "orders", "catalog", "ledger", "shipments", "cancellations", "privacy", "counts", "actions")
        books = {port: self._stand_in(f"store.{port}") for port in ports}
        store = cast(Store, SimpleNamespace(**books, listings=self._stand_in("listings")))
        settings = Settings(worker_threads=8, shutdown_grace=timedelta(seconds=1))
        rulings = Rulings(CONFIG, Router.of(CONFIG), self._stand_in("store.rule_versions"))
        return build_workers(self._client, settings, CONFIG, rulings, store, clients, threads)

    def _channel(self, path: str) -> Any:
        channel = self._stand_in(path)
        channel.listings = self._stand_in(f"{path}.listings")
        channel.cancel_feed = self._stand_in(f"{path}.cancel_feed")
        channel.returns = self._stand_in(f"{path}.returns")
        return channel

    def _stand_in(self, path: str) -> Any:
        return StandIn(lambda: attrgetter(path)(self.world))


class StandIn:
    """Passes everything on to an object that changes from test to test."""

    def __init__(self, current: Callable[[], Any]) -> None:
        self._current = current

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current(), name)
