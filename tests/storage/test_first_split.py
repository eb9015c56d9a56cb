"""The first units of a SKU are split among all its listings, also where one is read long before the others."""

from collections.abc import Iterator

import pytest

from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.storage.store import Store
from tests.storage.listings import SELLER, SHOP, Market, Policies, listing, offer, pool_state, publishing
from tests.storage.shop import Clock

AT_AMAZON, IN_THE_SHOP = listing(account=SELLER), listing()
WOK = Listing(channel="shopify", account="kitchen", listing="wok-27", components=(Component(sku="PAN"),))


@pytest.fixture
def policies() -> Policies:
    return Policies()


@pytest.fixture
def store(database_url: str, clock: Clock, policies: Policies) -> Iterator[Store]:
    opened = publishing(database_url, clock, policies)
    yield opened
    opened.close()


@pytest.fixture
def market(store: Store, clock: Clock) -> Market:
    """One article, listed on both channels with nothing in stock, which were read before it was counted."""
    store.catalog.import_skus([SkuMaster(sku="PAN")])
    opened = Market(store, clock, {AT_AMAZON: 0, IN_THE_SHOP: 0})
    opened.read()
    assert opened.work() == []
    return opened


def count(store: Store, units: int, sku: str = "PAN") -> None:
    store.ledger.set_count(StockCount(sku=sku, node="east", on_hand=units), by="ann", why="first count")


def read_only(store: Store, clock: Clock, quantity: int = 0) -> None:
    """Amazon's listing is read, the shop's is not."""
    clock.advance(seconds=1)
    store.listings.record_offers([offer(quantity, account=SELLER, at=clock())])


def test_nothing_is_granted_before_every_listing_was_read(store: Store, market: Market, clock: Clock) -> None:
    count(store, 40)
    assert market.work() == []
    read_only(store, clock)
    assert market.work() == []
    clock.advance(seconds=60)
    market.read()
    assert {key: units for key, units in market.work() if units} == {AT_AMAZON: 15, IN_THE_SHOP: 25}


def test_a_listing_that_was_just_mapped_and_not_read_since_is_waited_for(
    store: Store, market: Market, clock: Clock
) -> None:
    """Its pool is not settled before it is read, so only the catalogue knows that it will sell the same units."""
    other = listing("wok-27")
    market.shown = {AT_AMAZON: 0, other: 0}
    clock.advance(hours=6)
    market.read()
    store.listings.forget_offers_not_seen_since(*SHOP, clock())
    market.work()
    store.catalog.import_listings([WOK])
    count(store, 40)
    assert market.work() == []
    read_only(store, clock)
    assert market.work() == []
    market.read()
    assert {key for key, _ in market.work()} == {AT_AMAZON, other}


def test_a_channel_that_stays_away_keeps_the_others_dark_for_ten_minutes_only(
    store: Store, market: Market, clock: Clock
) -> None:
    count(store, 40)
    market.work()
    read_only(store, clock)
    assert market.work() == []
    wait = store.listings.wait(*SELLER)
    assert wait is not None
    assert wait <= 600
    clock.advance(seconds=601)
    assert market.work() == [(AT_AMAZON, 40)]


def test_what_a_first_reading_shows_beyond_the_stock_is_taken_back_at_once(
    store: Store, market: Market, clock: Clock
) -> None:
    count(store, 10)
    market.work()
    read_only(store, clock, quantity=50)
    market.shown[AT_AMAZON] = 50
    assert market.work() == [(AT_AMAZON, 0)]


def test_a_listing_that_joins_later_keeps_nobody_waiting(store: Store, market: Market, clock: Clock) -> None:
    count(store, 40)
    market.work()
    market.read()
    market.work()
    assert pool_state(store).opens_at is None
    store.listings.record_offers([offer(0, "wok-27")])
    store.catalog.import_listings([WOK])
    count(store, 60)
    assert [key for key, _ in market.work()] == [IN_THE_SHOP]
    assert (IN_THE_SHOP.channel, IN_THE_SHOP.account) == SHOP


def test_one_slow_unit_is_on_both_channels_once_a_quiet_time_has_passed_though_nothing_happened(
    store: Store, market: Market, clock: Clock, policies: Policies
) -> None:
    policies.chosen = ListingPolicy(strategy=Strategy.ADAPTIVE)
    count(store, 1)
    market.work()
    clock.advance(seconds=1)
    market.read()
    market.work()
    assert sorted(market.shown.values()) == [0, 1]
    wait = min(store.listings.wait(*account) or 0.0 for account in (SHOP, SELLER))
    assert 0 < wait < 600
    clock.advance(seconds=wait)
    assert [account for account in (SHOP, SELLER) if account in store.listings.accounts_with_work()] == [SHOP, SELLER]
    market.work()
    assert market.shown == {AT_AMAZON: 1, IN_THE_SHOP: 1}
