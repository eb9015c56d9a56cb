"""The listing book: facts out of the ledger's transactions, folded once, planned, and sent from an outbox."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import PushState
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.orders import Component, Order
from orderloom.domain.stock import Listing, StockCount
from orderloom.storage.store import Store
from tests.storage.listings import (
    SELLER,
    SHOP,
    Market,
    Policies,
    answer,
    facts_left,
    listing,
    offer,
    pool_state,
    publishing,
    state_of,
)
from tests.storage.shop import Clock, key, line, order, reading, stocked


@pytest.fixture
def policies() -> Policies:
    return Policies()


@pytest.fixture
def store(sqlite_url: str, clock: Clock, policies: Policies) -> Iterator[Store]:
    opened = publishing(sqlite_url, clock, policies)
    yield opened
    opened.close()


@pytest.fixture
def market(store: Store, clock: Clock) -> Market:
    """Ten pans, all of them on Shopify, none on Amazon; everything was read and planned."""
    stocked(store, PAN=10)
    market = Market(store, clock, {listing(): 10, listing(account=SELLER): 0})
    market.read()
    market.work()
    for _ in range(3):
        clock.advance(seconds=60)
        market.read()
        market.work()
    clock.advance(seconds=1)
    return market


def sale(clock: Clock, number: int | str = 1001, quantity: int = 1, channel: Channel = Channel.SHOPIFY) -> Order:
    account = "kitchen" if channel is Channel.SHOPIFY else "kitchen_us"
    return order(
        number,
        line("1", "PAN", quantity),
        key=key(number, channel).model_copy(update={"account": account}),
        placed_at=clock(),
        updated_at=clock(),
    )


def test_a_listing_joins_its_pool_with_the_rights_that_it_shows(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    store.listings.record_offers([offer(4)])
    store.listings.plan(10)
    one = state_of(store, listing())
    assert (one.rights, one.reading.units, one.since) == (4 + 6, 4, clock().timestamp())
    batch = store.listings.next_batch(*SHOP, 250)
    assert batch is not None
    assert [(push.change_from, push.quantity, push.places) for push in batch.pushes] == [(4, 10, {"L1": 4})]


def test_a_sale_is_told_once_however_often_its_order_is_reserved(store: Store, market: Market, clock: Clock) -> None:
    placed = sale(clock, quantity=2)
    for _ in range(3):
        store.ledger.reserve(placed, "own")
    assert facts_left(store) == [("sale", "PAN", 2)]
    before = state_of(store, listing()).rights
    market.shown[listing()] -= 2
    assert market.work() == []
    assert state_of(store, listing()).rights == before - 2
    assert pool_state(store).available == 8
    assert facts_left(store) == []


def test_a_line_that_shrinks_is_cancelled_by_what_is_gone(store: Store, market: Market, clock: Clock) -> None:
    store.ledger.reserve(sale(clock, quantity=3), "own")
    store.ledger.reserve(sale(clock, quantity=1), "own")
    store.ledger.reserve(sale(clock, quantity=1), "own")
    assert facts_left(store) == [("sale", "PAN", 3), ("cancelled", "PAN", 2)]


def test_an_order_that_others_ship_is_no_cancellation_and_its_units_are_never_free_between(
    store: Store, market: Market, clock: Clock
) -> None:
    placed = sale(clock, quantity=2)
    store.ledger.reserve(placed, "own")
    gone = placed.model_copy(update={"lines": (line("1", "PAN", 2, 2),)})
    for _ in range(2):
        store.ledger.observe(gone, "own", "east")
    assert facts_left(store) == [("sale", "PAN", 2)]
    market.work()
    assert pool_state(store).available == 8
    assert store.ledger.verify().is_balanced


def test_a_sale_at_a_till_is_a_sale_of_that_listing(store: Store, market: Market, clock: Clock) -> None:
    placed = sale(clock, quantity=2).model_copy(update={"lines": (line("1", "PAN", 2, 2),)})
    store.ledger.reserve(placed, "own")
    for _ in range(2):
        store.ledger.sold_elsewhere(placed, "own", "east")
    assert facts_left(store) == [("sale", "PAN", 2)]


def test_sold_beyond_the_stock_is_told_all_the_same(store: Store, market: Market, clock: Clock) -> None:
    store.ledger.reserve(sale(clock, quantity=12), "own")
    assert facts_left(store) == [("sale", "PAN", 12)]
    store.listings.plan(10)
    assert pool_state(store).available == -2


def test_stale_without_a_figure_waits_for_the_next_reading(store: Store, market: Market, clock: Clock) -> None:
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=40), by="ann", why="count")
    store.listings.plan(10)
    batch = store.listings.next_batch(*SHOP, 250)
    assert batch is not None
    answer(store, batch, PushState.STALE)
    store.listings.plan(10)
    assert store.listings.next_batch(*SHOP, 250) is None
    clock.advance(seconds=1)
    store.listings.record_offers([offer(1, at=clock())])
    store.listings.plan(10)
    again = store.listings.next_batch(*SHOP, 250)
    assert again is not None
    assert again.pushes[0].change_from == 1


def test_a_listing_that_is_mapped_anew_leaves_its_old_pool_at_its_next_reading(
    store: Store, market: Market, clock: Clock
) -> None:
    store.ledger.import_counts([StockCount(sku="POT", node="east", on_hand=3)], by="ann", why="count")
    pot = Listing(channel="shopify", account="kitchen", listing="PAN", components=(Component(sku="POT"),))
    store.catalog.import_listings([pot])
    assert listing() in [due.key for due in store.listings.due_reads(*SHOP, 10)]
    market.read()
    market.work()
    assert list(pool_state(store).listings) == [str(listing(account=SELLER))]
    assert market.shown[listing()] == 3


def test_where_nothing_is_published_the_ledger_leaves_nothing_behind(
    store: Store, policies: Policies, clock: Clock
) -> None:
    policies.pool = None
    stocked(store, PAN=10)
    store.listings.record_offers([offer(4)])
    store.ledger.reserve(sale(clock), "own")
    assert facts_left(store) == []
    assert store.listings.accounts_with_work() == []
    assert store.listings.wait(*SHOP) is None
    assert [view.state for view in store.listings.views()] == ["unmapped"]


def test_a_bundle_with_a_part_that_nobody_counted_is_not_written_and_keeps_no_other_listing_waiting(
    store: Store, market: Market, clock: Clock
) -> None:
    parts = (Component(sku="PAN"), Component(sku="LID"))
    store.catalog.import_listings([Listing(channel="shopify", account="kitchen", listing="SET", components=parts)])
    market.shown |= {listing("SET"): 5, listing("LID"): 3}
    market.read()
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=30), by="ann", why="count")
    assert {key for key, _ in market.work()} <= {listing(), listing(account=SELLER)}
    assert (market.shown[listing("SET")], market.shown[listing("LID")]) == (5, 3)
    store.ledger.set_count(StockCount(sku="LID", node="east", on_hand=4), by="ann", why="first count")
    market.work()
    assert {due.key for due in store.listings.due_reads(*SHOP, 10)} >= {listing("SET"), listing("LID")}
    market.read()
    market.work()
    assert market.shown[listing("SET")] + market.shown[listing("LID")] <= 4


def test_a_reading_that_was_asked_for_is_still_due_after_a_plan(store: Store, market: Market, clock: Clock) -> None:
    store.listings.look_now(listing())
    store.ledger.reserve(sale(clock), "own")
    store.listings.plan(10)
    assert [due.key for due in store.listings.due_reads(*SHOP, 10)] == [listing()]


def test_a_reading_that_was_overtaken_by_a_later_one_changes_nothing(
    store: Store, market: Market, clock: Clock
) -> None:
    shown = market.shown[listing()]
    store.listings.record_offers([offer(shown, at=clock())])
    store.listings.record_offers([offer(shown + 9, at=clock() - timedelta(seconds=1))])
    assert facts_left(store) == [("offer", "PAN", shown)]
    assert next(view.shown for view in store.listings.views() if view.key == listing()) == shown


def test_what_was_about_to_be_sent_for_another_sku_is_not_sent(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, POT=3)
    store.listings.record_offers([offer(0)])
    store.listings.plan(10)
    pot = Listing(channel="shopify", account="kitchen", listing="PAN", components=(Component(sku="POT"),))
    store.catalog.import_listings([pot])
    clock.advance(seconds=1)
    store.listings.record_offers([offer(0, at=clock())])
    store.listings.plan(10)
    batch = store.listings.next_batch(*SHOP, 250)
    assert batch is not None
    assert [push.quantity for push in batch.pushes] == [3]


def test_an_alarm_that_still_holds_after_it_was_cleared_stands_again(
    store: Store, market: Market, clock: Clock
) -> None:
    oversells = offer(market.shown[listing()], at=clock(), denies_overselling=False)
    store.listings.record_offers([oversells])
    store.listings.plan(10)
    for _ in range(2):
        assert [alarm.kind for alarm in store.listings.alarms()] == [AlertKind.OVERSELLING_ALLOWED]
        store.listings.clear("own", str(listing()), AlertKind.OVERSELLING_ALLOWED, "ann")
        assert store.listings.alarms() == []
        store.listings.plan(10)
    with pytest.raises(InputInvalid, match="no open alarm"):
        store.listings.clear("own", str(listing()), AlertKind.SHORT, "ann")


def test_an_unmapped_listing_that_could_not_be_written_to_zero_is_tried_again(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    store.listings.record_offers([offer(7, "MYSTERY")])
    unmapped = order(1, line("1", None).model_copy(update={"listing": "MYSTERY"}), placed_at=clock())
    store.orders.record(reading(unmapped), "e1")
    store.orders.save_mapped(unmapped)
    store.listings.plan(10)
    first = store.listings.next_batch(*SHOP, 250)
    assert first is not None
    answer(store, first, PushState.NOT_DONE)
    store.listings.plan(10)
    assert store.listings.next_batch(*SHOP, 250) is None
    clock.advance(seconds=1)
    store.listings.record_offers([offer(6, "MYSTERY", at=clock())])
    store.listings.plan(10)
    again = store.listings.next_batch(*SHOP, 250)
    assert again is not None
    assert [(push.key.listing, push.quantity) for push in again.pushes] == [("MYSTERY", 0)]


def test_what_was_sold_since_a_reading_is_thought_sold_where_most_is(store: Store, clock: Clock) -> None:
    stocked(store, PAN=20)
    store.listings.record_offers([offer(10, places={"L1": 2, "L2": 8})])
    clock.advance(seconds=1)
    store.ledger.reserve(sale(clock, quantity=3), "own")
    store.listings.plan(10)
    batch = store.listings.next_batch(*SHOP, 250)
    assert batch is not None
    assert (batch.pushes[0].change_from, batch.pushes[0].places) == (7, {"L1": 2, "L2": 5})


def test_a_fact_of_a_worker_whose_clock_is_ahead_is_folded_with_its_figures(
    store: Store, market: Market, clock: Clock
) -> None:
    clock.advance(seconds=5)
    store.ledger.reserve(sale(clock), "own")
    clock.advance(seconds=-5)
    store.listings.plan(10)
    assert facts_left(store) == []
    state = pool_state(store)
    assert state.granted <= state.available == 9


def test_a_push_that_waited_longer_than_its_bounds_is_still_charged_when_it_is_sent(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    store.listings.record_offers([offer(0, account=SELLER)])
    store.listings.plan(10)
    for _ in range(5):
        clock.advance(seconds=45)
        store.listings.record_offers([offer(0, account=SELLER, at=clock())])
        store.listings.plan(10)
    batch = store.listings.next_batch(*SELLER, 1)
    assert batch is not None
    answer(store, batch, PushState.ACCEPTED)
    clock.advance(seconds=45)
    store.listings.record_offers([offer(0, account=SELLER, at=clock())])
    store.listings.plan(10)
    one = state_of(store, listing(account=SELLER))
    assert one.pending is not None
    assert one.rights == batch.pushes[0].quantity
    assert store.listings.alarms() == []
