"""What came back: on the shelf once, told to the listing once, and verified."""

from contextlib import closing
from typing import Any

from sqlalchemy import delete

from orderloom.domain.changes import GoodsBack
from orderloom.domain.orders import Component, OrderStatus
from orderloom.domain.stock import Listing
from orderloom.storage.store import Store
from orderloom.storage.tables import goods_back
from orderloom.storage.wakeups import RETURN_MAPPED
from tests.storage.listings import facts_left, publishing
from tests.storage.outbox import shows
from tests.storage.shop import (
    START,
    Clock,
    assert_balanced,
    decision,
    levels,
    line,
    order,
    package,
    planned,
    reading,
    woken,
)
from tests.storage.shop import stocked as put_on_the_shelf

PLACE: dict[str, Any] = {"channel": "shopify", "account": "kitchen", "listing": "NEW"}


def back(change_id: str = "refund-1", **facts: Any) -> GoodsBack:
    said: dict[str, Any] = {"change_id": change_id, "line_id": "1", "quantity": 1, "at": START}
    return GoodsBack(**(said | {"restocked_by_channel": True} | facts))


def shipped(store: Store, clock: Clock) -> None:
    """Three of ten pans have left."""
    put_on_the_shelf(store, PAN=10)
    placed = order(1, line("1", "PAN", 3))
    store.orders.record(reading(placed), "none")
    store.ledger.reserve(placed, "own")
    store.ledger.decide(decision(placed.key, clock.advance(seconds=1), planned(1, "east", ("1", "PAN", 3))))
    name = store.shipments.begin_dispatch(placed.key, 1).dispatch_id
    store.shipments.add_package(name, box := package("A", ("1", "PAN", 3)))
    store.ledger.ship(placed.key, 1, box)


def take(store: Store, goods: GoodsBack, node: str | None = "east") -> bool:
    placed = order(1, line("1", "PAN", 3))
    return store.ledger.take_back(placed.key, placed.lines[0], goods, node)


def test_what_came_back_is_on_the_shelf_once(store: Store, clock: Clock) -> None:
    shipped(store, clock)
    assert [take(store, back()) for _ in range(3)] == [True, False, False]
    assert take(store, back("return-2", quantity=2), node=None)
    assert levels(store, "PAN") == (8, 0, 0)
    assert_balanced(store)


def test_what_came_back_of_an_unmapped_line_is_seen_and_waits_for_its_mapping_once(store: Store, clock: Clock) -> None:
    shipped(store, clock)
    placed = order(1, line("1", None).model_copy(update={"listing": "NEW", "title": "New pan"}))
    store.orders.set_status(placed.key, OrderStatus.COMPLETED)
    assert [store.ledger.return_waits(placed.key, placed.lines[0], back()) for _ in range(2)] == [True, False]
    (seen,) = store.stories.unmapped()
    assert (seen.listing, seen.title, seen.orders_waiting, seen.returns_waiting) == ("NEW", "New pan", 0, 1)
    assert woken(store) == []
    store.catalog.import_listings([Listing(**PLACE, components=(Component(sku="PAN"),))])
    assert woken(store) == [("1", RETURN_MAPPED)]
    assert list(store.ledger.waiting_returns(placed.key)) == [back()]
    assert take(store, back())
    assert (list(store.ledger.waiting_returns(placed.key)), list(store.stories.unmapped())) == ([], [])
    assert not store.ledger.return_waits(placed.key, placed.lines[0], back()), "it was taken in before"
    assert levels(store, "PAN") == (8, 0, 0)
    assert_balanced(store)


def test_what_came_back_of_a_line_that_was_mapped_meanwhile_is_woken_at_once(store: Store, clock: Clock) -> None:
    shipped(store, clock)
    placed = order(1, line("1", None).model_copy(update={"listing": "PAN"}))
    assert store.ledger.return_waits(placed.key, placed.lines[0], back())
    assert woken(store) == [("1", RETURN_MAPPED)]


def test_verify_notices_units_on_the_shelf_for_a_return_that_nobody_took_in(store: Store, clock: Clock) -> None:
    shipped(store, clock)
    take(store, back())
    store.database.write(lambda connection: connection.execute(delete(goods_back)))
    (violation,) = store.ledger.verify().violations
    assert (violation.invariant, violation.place) == ("every return was taken in once", "PAN at east")


def test_a_line_that_is_lowered_by_what_came_back_tells_its_listing_once(database_url: str, clock: Clock) -> None:
    with closing(publishing(database_url, clock)) as store:
        put_on_the_shelf(store, PAN=10)
        shows(store, clock, "PAN", 10)
        _lowered_by_what_came_back(store, clock)


def _lowered_by_what_came_back(store: Store, clock: Clock) -> None:
    shipped(store, clock)
    before = facts_left(store)
    take(store, back())
    told = facts_left(store)
    store.ledger.reserve(order(1, line("1", "PAN", 2)), "own")
    assert (len(told) - len(before), facts_left(store)) == (1, told)
    assert (levels(store, "PAN"), store.ledger.verify().is_balanced) == ((8, 0, 0), True)
