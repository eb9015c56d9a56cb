"""A seller in two marketplaces: the real adapter, the sandbox over HTTP, SQLite. One listing per seller SKU."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.publishing import PublishingActivities
from activities.reconciling import ReconcilingActivities
from activities.round_messages import AccountRef, CataloguePosition
from orderloom.channels.amazon import AmazonChannel
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.listing.policy import Strategy
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.sandbox.clock import SystemClock
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.running import running_sandbox
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from orderloom.sandbox.wishes import PutListing
from orderloom.storage.store import Store, open_store
from tests.activities.test_two_shops import MERCHANT, Policies
from tests.sandbox.channels import amazon_at
from tests.sandbox.world import CONFIG, SELLER
from tests.storage.shop import KEYS, line, order

US, CANADA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
NORTH_AMERICA = SELLER.model_copy(update={"marketplaces": (US, CANADA)})
AT_AMAZON = (Channel.AMAZON, SELLER.account)
ACCOUNT = AccountRef(channel=Channel.AMAZON, account=SELLER.account)
PATIENCE_SECONDS = 60.0


class Scene:
    """PAN is listed in both marketplaces, MUG in Canada alone."""

    def __init__(self, store: Store, control: SandboxControl, channel: AmazonChannel) -> None:
        self.store, self.control, self.channel = store, control, channel
        self.publishing = PublishingActivities(store.listings, {AT_AMAZON: channel.listings})
        for sku, marketplace in (("PAN", US), ("PAN", CANADA), ("MUG", CANADA)):
            control.put_listing(*AT_AMAZON, PutListing(sku=sku, quantity=0, marketplace=marketplace))
        store.catalog.import_skus([SkuMaster(sku="PAN"), SkuMaster(sku="MUG")])
        counts = [StockCount(sku=sku, node="east", on_hand=units) for sku, units in (("PAN", 10), ("MUG", 3))]
        store.ledger.import_counts(counts, "ana", "count")
        position = CataloguePosition(channel=Channel.AMAZON, account=SELLER.account)
        self.read = ActivityEnvironment().run(self.publishing.read_catalogue, position)

    def publish_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"it does not come about: {self.shown}"
            ActivityEnvironment().run(self.publishing.publish, ACCOUNT)
            time.sleep(0.05)

    def sells(self, sku: str, units: int, marketplace: str) -> None:
        wanted = SandboxOrder(lines=(SandboxLine(sku=sku, quantity=units),), marketplace=marketplace)
        number = self.control.place_amazon_order(SELLER.account, wanted)
        key = OrderKey(channel=Channel.AMAZON, account=SELLER.account, order_id=number)
        now = datetime.now(UTC)
        self.store.ledger.reserve(order(number, line("1", sku, units), key=key, placed_at=now, updated_at=now), "own")

    @property
    def shown(self) -> dict[tuple[str, str], int]:
        places = (("PAN", US), ("PAN", CANADA), ("MUG", CANADA))
        return {place: self.control.listing(*AT_AMAZON, *place).quantity for place in places}

    @property
    def views(self) -> dict[str, tuple[int | None, int]]:
        return {view.key.listing: (view.shown, view.rights) for view in self.store.listings.views()}

    def reconcile(self) -> dict[str, int]:
        nothing: Any = SimpleNamespace()
        books: Any = SimpleNamespace(clock=lambda: datetime.now(UTC))
        listings = {AT_AMAZON: self.channel.listings}
        steps = ReconcilingActivities(books, self.store.listings, Policies(Strategy.GRANTED), listings, nothing, {}, {})
        return ActivityEnvironment().run(steps.compare_listings, ACCOUNT).causes


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    config = CONFIG.model_copy(update={"amazon": (NORTH_AMERICA,)})
    with running_sandbox(config, SystemClock()) as sandbox, amazon_at(sandbox, NORTH_AMERICA) as channel:
        sandbox.control.set_knobs(Knobs(listing_effect_seconds=(0.1, 0.1)))
        url, policies = f"sqlite:///{tmp_path}/several.db", Policies(Strategy.GRANTED)
        store = open_store(url, KEYS, nodes=MERCHANT.nodes, policies=policies)
        yield Scene(store, sandbox.control, channel)
        store.close()


def test_a_seller_sku_is_one_listing_whose_units_every_marketplace_sells(scene: Scene) -> None:
    assert scene.read.listings == 2
    scene.publish_until(lambda: set(scene.shown.values()) == {10, 3})
    assert scene.shown == {("PAN", US): 10, ("PAN", CANADA): 10, ("MUG", CANADA): 3}
    scene.publish_until(lambda: scene.views == {"PAN": (10, 10), "MUG": (3, 3)})
    scene.sells("PAN", 4, CANADA)
    scene.sells("PAN", 1, US)
    scene.sells("MUG", 3, CANADA)
    scene.publish_until(lambda: scene.views == {"PAN": (5, 5), "MUG": (0, 0)})
    assert scene.shown == {("PAN", US): 5, ("PAN", CANADA): 5, ("MUG", CANADA): 0}
    assert scene.reconcile() == {"in_step": 2}
    assert scene.store.listings.alarms() == []
    truth = scene.control.truth()
    assert truth.grave_mistakes == ()
    writes = [change for change in truth.listing(*AT_AMAZON, "PAN").changes if change.why == "patch"]
    assert [write.after for write in writes] == [10], "a sale in either marketplace needs no write"
