"""Two shops and an Amazon seller over one pool of two nodes: real adapters, the sandbox over HTTP, SQLite.

The kitchen shop has a location for each node; the outlet one for `east`, beside a boutique whose stock is not ours.
Time is the real one, and nothing is assumed of how long a step takes: each test publishes until a figure shows.
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

from activities.publishing import PublishingActivities
from activities.reconciling import ReconcilingActivities
from activities.round_messages import AccountRef, CataloguePosition, Reconciled
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import Lags
from orderloom.domain.merchant import MerchantConfig, ShopifyAccount
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.sandbox.clock import SystemClock
from orderloom.sandbox.config import LocationConfig, ShopConfig
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from orderloom.sandbox.wishes import PutListing
from orderloom.storage.store import Store, open_store
from starter.clients import stock_locations
from tests.sandbox.channels import amazon_at, shopify_at
from tests.sandbox.world import CONFIG, KITCHEN, SELLER
from tests.storage.shop import KEYS, line, order

Account = tuple[Channel, str]
AT_KITCHEN: Account = (Channel.SHOPIFY, "kitchen")
AT_OUTLET: Account = (Channel.SHOPIFY, "outlet")
AT_AMAZON: Account = (Channel.AMAZON, SELLER.account)
PATIENCE_SECONDS = 60.0

EAST, WEST, OUTLETS_EAST, BOUTIQUE = 501, 502, 601, 602
SHOPS = (
    KITCHEN.model_copy(
        update={"locations": (LocationConfig(name="East", id=EAST), LocationConfig(name="West", id=WEST))}
    ),
    ShopConfig(
        account="outlet",
        shop="copper-oak-outlet.myshopify.com",
        webhook_secret="hush",
        access_token="shpat_outlet",
        client_id="outlet-client",
        client_secret="outlet-secret",
        locations=(LocationConfig(name="East", id=OUTLETS_EAST), LocationConfig(name="Boutique", id=BOUTIQUE)),
    ),
)
MERCHANT = MerchantConfig.model_validate(
    {
        "merchant": "Copper & Oak",
        "accounts": [
            *({"channel": "shopify", "account": shop.account, "shop": shop.shop} for shop in SHOPS),
            {"channel": "amazon", **SELLER.model_dump(include={"account", "seller_id", "marketplaces"})},
        ],
        "nodes": [
            {
                "node": "east",
                "kind": "warehouse",
                "name": "East",
                "pool": "own",
                "url": "http://127.0.0.1:9/",
                "shopify_location": {"kitchen": f"gid://shopify/Location/{EAST}", "outlet": str(OUTLETS_EAST)},
            },
            {
                "node": "west",
                "kind": "warehouse",
                "name": "West",
                "pool": "own",
                "url": "http://127.0.0.1:9/",
                "shopify_location": {"kitchen": str(WEST)},
            },
        ],
        "rules": [{"name": "all", "when": "true", "send_to": ["east", "west"]}],
    }
)


class Policies:
    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy

    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy(strategy=self.strategy)

    def lags(self, channel: Channel, account: str) -> Lags:
        return Lags(effect=2.5, sight=0.3) if channel is Channel.AMAZON else Lags(effect=0.1, sight=0.3)

    def pool_of(self, key: ListingKey) -> str | None:
        return "own"


class Scene:
    """PAN, listed by all three accounts and counted at both nodes."""

    def __init__(self, store: Store, control: SandboxControl, channels: dict[Account, Any]) -> None:
        self.store, self.control, self.channels = store, control, channels
        self.publishing = PublishingActivities(store.listings, channels)

    def begins(self, east: int, west: int) -> None:
        self.store.catalog.import_skus([SkuMaster(sku="PAN")])
        self.control.put_listing(*AT_KITCHEN, PutListing(sku="PAN", locations={"East": 0, "West": 0}))
        self.control.put_listing(*AT_OUTLET, PutListing(sku="PAN", locations={"East": 0, "Boutique": 0}))
        self.control.put_listing(*AT_AMAZON, PutListing(sku="PAN", quantity=0))
        counts = [StockCount(sku="PAN", node=node, on_hand=units) for node, units in (("east", east), ("west", west))]
        self.store.ledger.import_counts(counts, "ana", "count")
        for channel, account in self.channels:
            position = CataloguePosition(channel=channel, account=account)
            ActivityEnvironment().run(self.publishing.read_catalogue, position)

    def publish_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"it does not come about: {self.shown}"
            for channel, account in self.channels:
                ActivityEnvironment().run(self.publishing.publish, AccountRef(channel=channel, account=account))
            time.sleep(0.05)

    def sells(self, account: Account, units: int) -> int:
        """A buyer takes at most so many, and the ledger hears of it. How many it were."""
        before = self.control.listing(*account, "PAN").sold
        number = self.control.buy(*account, "PAN", units)
        if number is None:
            return 0
        key = OrderKey(channel=account[0], account=account[1], order_id=number)
        taken = self.control.listing(*account, "PAN").sold - before
        now = datetime.now(UTC)
        self.store.ledger.reserve(order(number, line("1", "PAN", taken), key=key, placed_at=now, updated_at=now), "own")
        return taken

    @property
    def shown(self) -> dict[Account, int]:
        """What is listed of the pool: the boutique's units are none of it."""
        shown = {account: self.control.listing(*account, "PAN") for account in self.channels}
        return {account: at.quantity - at.locations.get("Boutique", 0) for account, at in shown.items()}

    @property
    def believed(self) -> dict[Account, int | None]:
        return {(view.key.channel, view.key.account): view.shown for view in self.store.listings.views()}

    @property
    def rights(self) -> int:
        return sum(view.rights for view in self.store.listings.views())

    def reconcile(self, account: Account) -> Reconciled:
        nothing: Any = SimpleNamespace()
        books: Any = SimpleNamespace(clock=lambda: datetime.now(UTC))
        policies = Policies(Strategy.SHARED)
        steps = ReconcilingActivities(books, self.store.listings, policies, self.channels, nothing, {}, {})
        return ActivityEnvironment().run(steps.compare_listings, AccountRef(channel=account[0], account=account[1]))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(CONFIG.model_copy(update={"shopify": SHOPS}), SystemClock()) as running:
        running.control.set_knobs(Knobs(listing_effect_seconds=(0.1, 0.1)))
        yield running


@pytest.fixture
def scene(sandbox: RunningSandbox, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    with ExitStack() as open_ones:
        channels: dict[Account, Any] = {}
        for shop in SHOPS:
            account = MERCHANT.account(Channel.SHOPIFY, shop.account)
            assert isinstance(account, ShopifyAccount)
            ours = stock_locations(MERCHANT, account)
            channels[Channel.SHOPIFY, shop.account] = open_ones.enter_context(shopify_at(sandbox, shop, ours)).listings
        channels[AT_AMAZON] = open_ones.enter_context(amazon_at(sandbox)).listings
        url, policies = f"sqlite:///{tmp_path}/two.db", Policies(request.param)
        store = open_store(url, KEYS, nodes=MERCHANT.nodes, policies=policies)
        open_ones.callback(store.close)
        yield Scene(store, sandbox.control, channels)


@pytest.mark.parametrize("scene", [Strategy.SHARED], indirect=True)
def test_under_shared_a_sale_in_one_shop_lowers_the_other_shop_and_amazon(scene: Scene) -> None:
    scene.begins(east=6, west=4)
    scene.publish_until(lambda: set(scene.shown.values()) == {10})
    assert scene.sells(AT_KITCHEN, 2) == 2
    scene.publish_until(lambda: set(scene.shown.values()) == {8})
    assert scene.sells(AT_OUTLET, 7) == 7, "more than any one location of the kitchen shop has"
    scene.publish_until(lambda: set(scene.shown.values()) == {1})
    assert scene.control.listing(*AT_OUTLET, "PAN").locations == {"East": 1, "Boutique": 0}
    scene.publish_until(lambda: scene.believed == scene.shown)
    for account in scene.channels:
        assert scene.reconcile(account).causes == {"in_step": 1}


@pytest.mark.parametrize("scene", [Strategy.GRANTED], indirect=True)
def test_under_granted_two_shops_and_amazon_sell_every_unit_once(scene: Scene) -> None:
    scene.begins(east=6, west=5)
    scene.publish_until(lambda: sum(scene.shown.values()) == 11)
    scene.publish_until(lambda: min(scene.shown.values()) > 0)
    assert scene.rights == 11
    sold = 0

    def everybody_buys() -> bool:
        nonlocal sold
        for account in scene.channels:
            sold += scene.sells(account, 2)
            assert sold + sum(scene.shown.values()) <= 11, "no unit is listed or sold twice"
        return sold == 11

    scene.publish_until(everybody_buys)
    assert scene.control.listing(*AT_OUTLET, "PAN").locations == {"East": 0, "Boutique": 0}
    scene.publish_until(lambda: scene.believed == scene.shown)
    for account in scene.channels:
        assert scene.reconcile(account).causes == {"in_step": 1}
