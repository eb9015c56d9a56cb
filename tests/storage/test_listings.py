"""The listing book on both databases: facts of the ledger become pushes, and answers become rights."""

from collections.abc import Iterator

import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.storage.store import Store, open_store
from tests.storage.outbox import (
    SELLER,
    SHOP,
    Policies,
    carry_out,
    next_push,
    offer,
    rights,
    shows,
)
from tests.storage.shop import KEYS, NODES, Clock, assert_balanced, event, key, line, order, reading, stocked


@pytest.fixture
def policies() -> Policies:
    return Policies()


@pytest.fixture
def store(database_url: str, clock: Clock, policies: Policies) -> Iterator[Store]:
    opened = open_store(database_url, KEYS, nodes=NODES, clock=clock, policies=policies)
    yield opened
    opened.close()


def test_a_sku_that_nobody_counted_is_never_written(store: Store, clock: Clock) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN")])
    shows(store, clock, "PAN", 40)
    assert next_push(store) is None
    assert [view.state for view in store.listings.views()] == ["not counted"]
    assert store.listings.due_reads(*SHOP, 10) == []


def test_counting_it_reads_its_listings_again_and_then_sets_them(store: Store, clock: Clock) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN")])
    shows(store, clock, "PAN", 40)
    clock.advance(hours=1)
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=9), "ana", "count")
    store.listings.plan(100)
    assert [due.key.listing for due in store.listings.due_reads(*SHOP, 10)] == ["PAN"]
    shows(store, clock, "PAN", 40)
    assert carry_out(store, clock) == [(40, 9)]
    assert rights(store, "PAN") == 9


def test_a_sale_that_no_listing_made_lowers_what_the_listings_show(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=6), "ana", "found missing")
    store.listings.plan(100)
    assert carry_out(store, clock) == [(10, 6)]
    assert store.listings.wait(*SHOP) is not None


def test_a_cancellation_by_the_channel_stays_its_own_right_and_an_operators_does_not(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    clock.advance(seconds=5)
    for number in (1, 2):
        store.ledger.reserve(order(number, placed_at=clock.now), "own")
    store.listings.plan(100)
    assert rights(store, "PAN") == 8
    store.ledger.release(key(1), cancelled_by_channel=True)
    store.listings.plan(100)
    assert (rights(store, "PAN"), next_push(store)) == (9, None)
    store.ledger.release(key(2))
    store.listings.plan(100)
    assert carry_out(store, clock) == [(9, 10)] or rights(store, "PAN") == 10


def test_the_same_unit_is_granted_to_one_listing_only(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    shows(store, clock, "PAN", 10, SELLER)
    carry_out(store, clock)
    carry_out(store, clock, SELLER)
    clock.advance(seconds=15)
    shows(store, clock, "PAN", 0, SELLER)
    for _ in range(3):
        clock.advance(seconds=30)
        store.listings.plan(100)
        carry_out(store, clock)
    assert rights(store, "PAN") + rights(store, "PAN", SELLER) <= 10


def test_a_bundle_sells_an_allotment_of_its_components(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, LID=4)
    parts = (Component(sku="PAN"), Component(sku="LID", units=2))
    store.catalog.import_listings([Listing(channel="shopify", account="kitchen", listing="SET", components=parts)])
    for name in ("PAN", "LID", "SET"):
        shows(store, clock, name, 0)
    for _ in range(4):
        carry_out(store, clock)
        clock.advance(seconds=60)
        store.listings.plan(100)
    shown = {view.key.listing: view.shown or 0 for view in store.listings.views()}
    assert shown["SET"] >= 1
    assert shown["PAN"] + shown["SET"] <= 10
    assert shown["LID"] + 2 * shown["SET"] <= 4
    sold = line("1", "SET", 1, 0, *parts)
    store.ledger.reserve(order(1, sold, placed_at=clock.advance(seconds=1)), "own")
    store.listings.plan(100)
    assert rights(store, "SET") == shown["SET"] - 1
    assert_balanced(store)


def test_a_listing_that_an_order_waits_for_is_written_to_zero_once(store: Store, clock: Clock) -> None:
    shows(store, clock, "listing-1", 7)
    unmapped = order(1, line("1", None))
    store.orders.record(reading(unmapped), store.events.store(event()).event_id)
    store.orders.save_mapped(unmapped)
    store.listings.plan(100)
    assert carry_out(store, clock) == [(None, 0)]
    store.listings.plan(100)
    assert next_push(store) is None
    assert store.listings.views()[0].state == "unmapped"


def test_paused_offers_nothing_and_resumed_offers_all(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    store.listings.pause("PAN", "ana", "photo is wrong")
    store.listings.plan(100)
    assert carry_out(store, clock) == [(10, 0)]
    assert store.listings.views()[0].state == "paused"
    store.listings.resume("PAN", "ana", "fixed")
    store.listings.plan(100)
    assert carry_out(store, clock) == [(0, 10)]
    with pytest.raises(InputInvalid, match="is not paused"):
        store.listings.resume("PAN", "ana", "again")
    with pytest.raises(InputInvalid, match="is no SKU here"):
        store.listings.pause("PAM", "ana", "typo")


def test_more_than_its_rights_raises_an_alarm_that_a_person_clears(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    clock.advance(seconds=60)
    shows(store, clock, "PAN", 25)
    assert carry_out(store, clock) == [(25, 10)]
    clock.advance(seconds=6)
    store.listings.plan(100)
    assert [(alarm.listing, alarm.kind) for alarm in store.listings.alarms()] == [
        ("shopify:kitchen:PAN", AlertKind.BEYOND_RIGHTS)
    ]
    store.listings.clear("own", "shopify:kitchen:PAN", AlertKind.BEYOND_RIGHTS, "ana")
    assert store.listings.alarms() == []
    assert [alarm.cleared_by for alarm in store.listings.alarms(open_only=False)] == ["ana"]
    with pytest.raises(InputInvalid, match="no open alarm"):
        store.listings.clear("own", "shopify:kitchen:PAN", AlertKind.BEYOND_RIGHTS, "ana")


def test_a_listing_that_is_gone_gives_its_rights_to_the_others(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    store.catalog.import_listings(
        [Listing(channel="shopify", account="kitchen", listing="PAN-2", components=(Component(sku="PAN"),))]
    )
    store.listings.record_offers([offer(clock, "PAN", 6), offer(clock, "PAN-2", 4)])
    store.listings.plan(100)
    assert next_push(store) is None
    moment = clock.advance(hours=1)
    shows(store, clock, "PAN", 6)
    assert store.listings.forget_offers_not_seen_since(*SHOP, moment) == 1
    store.listings.plan(100)
    assert carry_out(store, clock) == [(6, 10)]
    assert store.listings.catalogue_read_at(*SHOP) == moment
    store.listings.forget_offers_not_seen_since(*SHOP, clock.advance(hours=6))
    assert store.listings.catalogue_read_at(*SHOP) == moment, "its first one: a reconciliation begins no new wait"


def test_a_sku_whose_planning_fails_keeps_no_other_one_waiting(
    store: Store, clock: Clock, policies: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(store, PAN=10, POT=5)
    real = policies.policy

    def broken(pool: str, place: str) -> ListingPolicy:
        if place == "PAN":
            raise ValueError("a defect")
        return real(pool, place)

    monkeypatch.setattr(policies, "policy", broken)
    store.listings.record_offers([offer(clock, "PAN", 12), offer(clock, "POT", 12)])
    store.listings.plan(100)
    assert carry_out(store, clock) == [(12, 5)]
    monkeypatch.setattr(policies, "policy", real)
    clock.advance(seconds=6)
    store.listings.plan(100)
    assert carry_out(store, clock) == [(12, 10)]
