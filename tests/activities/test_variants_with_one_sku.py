"""A shop with two variants of one SKU beside an Amazon seller with two seller SKUs of it, over one pool.

Real adapters, the sandbox over HTTP, SQLite. Orders are read from their channels and mapped as a normalising step does.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.publishing import PublishingActivities
from activities.reconciling import ReconcilingActivities
from activities.round_messages import AccountRef, CataloguePosition, Reconciled
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import Lags
from orderloom.domain.orders import Component
from orderloom.domain.ports import SalesChannel
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.sandbox.clock import SystemClock
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.running import running_sandbox
from orderloom.sandbox.wishes import PutListing
from orderloom.storage.store import Store, open_store
from tests.sandbox.channels import amazon_at, shopify_at
from tests.sandbox.world import CONFIG, KITCHEN, SELLER
from tests.storage.shop import KEYS, NODES

SHOP, AMAZON = (Channel.SHOPIFY, KITCHEN.account), (Channel.AMAZON, SELLER.account)
ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
STOCK = 13
PATIENCE_SECONDS = 60.0
PLACES = {
    "PAN": (SHOP, {"sku": "PAN"}),
    "its twin": (SHOP, {"sku": "PAN", "variant": 2}),
    "AMZ-PAN": (AMAZON, {"sku": "AMZ-PAN"}),
    "AMZ-PAN-2": (AMAZON, {"sku": "AMZ-PAN-2"}),
}


class Policies:
    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy(strategy=Strategy.GRANTED)

    def lags(self, channel: Channel, account: str) -> Lags:
        # Times of sale are whole seconds, and an order is read over HTTP before it is reserved.
        return Lags(effect=5.0, sight=10.0) if channel is Channel.AMAZON else Lags(effect=0.1, sight=10.0)

    def pool_of(self, key: ListingKey) -> str | None:
        return "own"


class Scene:
    def __init__(self, store: Store, control: SandboxControl, channels: dict[Any, Any]) -> None:
        self.store, self.control, self.channels = store, control, channels
        self.listings = {account: channel.listings for account, channel in channels.items()}
        self.publishing = PublishingActivities(store.listings, self.listings)
        nothing: Any = None
        self.books = Books(store.events, store.orders, store.catalog, store.ledger, nothing, nothing)
        self.sold = 0
        self.read_by = 0.0

    def begins(self) -> None:
        self.store.catalog.import_skus([SkuMaster(sku="PAN")])
        parts = (Component(sku="PAN"),)
        at_amazon = [Listing(channel=AMAZON[0], account=AMAZON[1], listing=name, components=parts) for name in AMZ]
        self.store.catalog.import_listings(at_amazon)
        for account, names in PLACES.values():
            self.control.put_listing(*account, PutListing(quantity=0, **names))  # type: ignore[arg-type]
        self.store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=STOCK), "ana", "count")
        for channel, account in self.channels:
            position = CataloguePosition(channel=channel, account=account)
            ActivityEnvironment().run(self.publishing.read_catalogue, position)
        self.read_by = time.time()

    def is_on_sale(self) -> bool:
        """All of it is listed, and a sale would not be dated by its whole second to before the first reading."""
        shown = self.shown.values()
        return sum(shown) == STOCK and min(shown) > 0 and int(time.time()) > self.read_by

    def publish_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            views = self.store.listings.views()
            assert time.monotonic() < deadline, f"it does not come about: {self.shown} shown, {self.sold} sold, {views}"
            for channel, account in self.channels:
                ActivityEnvironment().run(self.publishing.publish, AccountRef(channel=channel, account=account))
            time.sleep(0.05)

    @property
    def shown(self) -> dict[str, int]:
        return {
            name: self.control.listing(*account, **names).quantity  # type: ignore[arg-type]
            for name, (account, names) in PLACES.items()
        }

    def sells(self, place: str) -> str | None:
        """A buyer takes one there, and its order is read, mapped and reserved. The listing that the line is of."""
        account, names = PLACES[place]
        number = self.control.buy(*account, **names)  # type: ignore[arg-type]
        if number is None:
            return None
        channel: SalesChannel = self.channels[account]
        order = self.books.mapped(channel.read(channel.fetch(number), ANY_TIME).order)
        self.store.ledger.reserve(order, "own")
        self.sold += 1
        return order.lines[0].listing

    def reconcile(self, account: tuple[Channel, str]) -> Reconciled:
        books: Any = SimpleNamespace(clock=lambda: datetime.now(UTC))
        nothing: Any = SimpleNamespace()
        steps = ReconcilingActivities(books, self.store.listings, Policies(), self.listings, nothing, {}, {})
        return ActivityEnvironment().run(steps.compare_listings, AccountRef(channel=account[0], account=account[1]))


AMZ = ("AMZ-PAN", "AMZ-PAN-2")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as opened:
        sandbox = opened.enter_context(running_sandbox(CONFIG, SystemClock()))
        sandbox.control.set_knobs(Knobs(listing_effect_seconds=(0.1, 0.1)))
        channels: dict[Any, Any] = {
            SHOP: opened.enter_context(shopify_at(sandbox)),
            AMAZON: opened.enter_context(amazon_at(sandbox)),
        }
        store = open_store(f"sqlite:///{tmp_path}/twins.db", KEYS, nodes=NODES, policies=Policies())
        opened.callback(store.close)
        yield Scene(store, sandbox.control, channels)


def test_every_listing_of_one_sku_sells_and_no_unit_is_sold_twice(scene: Scene) -> None:
    scene.begins()
    scene.publish_until(scene.is_on_sale)
    twin = next(view.key.listing for view in scene.store.listings.views() if view.key.listing.startswith("variant:"))
    listings = {place: scene.sells(place) for place in PLACES}
    assert listings == {"PAN": "PAN", "its twin": twin, "AMZ-PAN": "AMZ-PAN", "AMZ-PAN-2": "AMZ-PAN-2"}

    def everybody_buys() -> bool:
        for place in PLACES:
            scene.sells(place)
        assert scene.sold + sum(scene.shown.values()) <= STOCK, "no unit is listed or sold twice"
        return scene.sold == STOCK

    scene.publish_until(everybody_buys)
    for account in scene.channels:
        assert scene.reconcile(account).listings == 2
    scene.publish_until(lambda: {(view.shown, view.rights) for view in scene.store.listings.views()} == {(0, 0)})
    for account in scene.channels:
        assert scene.reconcile(account).causes == {"in_step": 2}
    assert scene.store.ledger.verify().is_balanced
