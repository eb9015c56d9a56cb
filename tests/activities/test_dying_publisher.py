"""A publisher that dies between a channel's acceptance and its own record, on both databases and the sandbox.

Time is the real one: adapters date what they read by it. Bounds are short, and so is the sandbox's effect.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.publishing import PublishingActivities
from activities.round_messages import AccountRef, CataloguePosition, Published
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, OfferPage, PushAnswer
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.ports import ListingChannel
from orderloom.domain.listing.state import Lags
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.sandbox.clock import SystemClock
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from orderloom.sandbox.wishes import PutListing
from orderloom.storage.store import Store, open_store
from tests.sandbox.channels import amazon_at, shopify_at
from tests.sandbox.world import CONFIG, KITCHEN, SELLER
from tests.storage.shop import KEYS, NODES

Account = tuple[Channel, str]
AT_SHOPIFY: Account = (Channel.SHOPIFY, KITCHEN.account)
AT_AMAZON: Account = (Channel.AMAZON, SELLER.account)
PATIENCE_SECONDS = 60.0


class Died(BaseException):
    """The worker's process is gone: nothing after this line happens."""


class Policies:
    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy(strategy=Strategy.GRANTED)

    def lags(self, channel: Channel, account: str) -> Lags:
        return Lags(effect=2.5, sight=0.3) if channel is Channel.AMAZON else Lags(effect=0.1, sight=0.3)

    def pool_of(self, key: ListingKey) -> str | None:
        return "own"


class Mortal:
    """A channel account whose publisher dies right after the channel has taken a batch."""

    def __init__(self, inner: ListingChannel) -> None:
        self._inner = inner
        self.dies = False
        self.sent: list[Batch] = []
        self.pushes_at_once, self.reads_at_once = inner.pushes_at_once, inner.reads_at_once

    def offers(self, page_token: str | None) -> OfferPage:
        return self._inner.offers(page_token)

    def read(self, wanted: Sequence[Offer]) -> Sequence[Offer]:
        return self._inner.read(wanted)

    def push(self, batch: Batch) -> Sequence[PushAnswer]:
        answers = self._inner.push(batch)
        self.sent.append(batch)
        if self.dies:
            self.dies = False
            raise Died
        return answers


class Scene:
    """One listing of one account, and the only one that sells PAN."""

    def __init__(self, store: Store, control: SandboxControl, account: Account, listings: ListingChannel) -> None:
        self.store, self.control, self.account = store, control, account
        self.channel = Mortal(listings)

    def begins(self, *, lists: int, counted: int) -> None:
        self.control.put_listing(*self.account, PutListing(sku="PAN", quantity=lists))
        self.count(counted)
        position = CataloguePosition(channel=self.account[0], account=self.account[1])
        ActivityEnvironment().run(self._new_worker().read_catalogue, position)

    def count(self, units: int) -> None:
        self.store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=units), "ana", "count")

    def publish(self) -> Published:
        """One round, by a worker that remembers nothing."""
        name = AccountRef(channel=self.account[0], account=self.account[1])
        return ActivityEnvironment().run(self._new_worker().publish, name)

    def publish_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it does not come about"
            done = self.publish()
            time.sleep(min(done.wait_seconds if done.wait_seconds is not None else 0.1, 0.1))

    def dies_publishing(self) -> None:
        self.channel.dies = True
        with pytest.raises(Died):
            self.publish_until(lambda: False)

    @property
    def shown(self) -> int:
        return self.control.listing(*self.account, "PAN").quantity

    @property
    def rights(self) -> int:
        (view,) = self.store.listings.views()
        return view.rights

    def _new_worker(self) -> PublishingActivities:
        channels: dict[Account, Any] = {self.account: self.channel}
        return PublishingActivities(self.store.listings, channels)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(CONFIG, SystemClock()) as running:
        running.control.set_knobs(Knobs(listing_effect_seconds=(0.3, 0.3)))
        yield running


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url, KEYS, nodes=NODES, policies=Policies())
    opened.catalog.import_skus([SkuMaster(sku="PAN")])
    yield opened
    opened.close()


@pytest.fixture
def shop(sandbox: RunningSandbox, store: Store) -> Iterator[Scene]:
    with shopify_at(sandbox) as channel:
        yield Scene(store, sandbox.control, AT_SHOPIFY, channel.listings)


@pytest.fixture
def seller(sandbox: RunningSandbox, store: Store) -> Iterator[Scene]:
    with amazon_at(sandbox) as channel:
        yield Scene(store, sandbox.control, AT_AMAZON, channel.listings)


def test_shopifys_batch_goes_again_under_its_key_and_undoes_no_sale(shop: Scene) -> None:
    shop.begins(lists=3, counted=8)
    shop.dies_publishing()
    assert shop.shown == 8
    bought = shop.control.buy(*shop.account, "PAN", 2)
    assert bought is not None
    shop.publish_until(lambda: len(shop.channel.sent) == 2)
    first, again = shop.channel.sent
    assert again.batch_key == first.batch_key
    assert shop.shown == 6, "the same key does nothing twice"
    assert shop.rights == 8, "two of which are sold and not seen yet"


def test_a_shopify_listing_stays_above_the_ledger_for_no_longer_than_one_retry(shop: Scene) -> None:
    shop.begins(lists=3, counted=8)
    shop.dies_publishing()
    shop.count(5)
    retry, correction = shop.publish(), shop.publish()
    assert (retry.sent, correction.sent, retry.wait_seconds) == (1, 1, 0)
    assert (shop.shown, shop.rights) == (5, 5)


def test_amazons_write_is_never_sent_again_and_no_unit_is_listed_twice(seller: Scene) -> None:
    seller.begins(lists=40, counted=9)
    seller.dies_publishing()
    seller.publish_until(lambda: seller.shown == 0)
    assert [batch.pushes[0].quantity for batch in seller.channel.sent] == [0]
    seller.publish_until(lambda: seller.shown > 0)
    assert [batch.pushes[0].quantity for batch in seller.channel.sent] == [0, seller.shown]
    assert seller.shown <= seller.rights <= 9


def test_amazons_refill_whose_record_was_lost_is_charged_all_the_same(seller: Scene) -> None:
    seller.begins(lists=0, counted=9)
    seller.dies_publishing()
    (refill,) = seller.channel.sent
    seller.publish_until(lambda: seller.shown > 0)
    assert seller.shown == refill.pushes[0].quantity <= seller.rights <= 9
    assert len(seller.channel.sent) == 1
