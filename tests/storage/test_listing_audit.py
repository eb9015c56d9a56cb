"""`verify` also holds the listing book to the ledger, and names what does not agree."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, StockCount
from orderloom.storage.store import Store
from orderloom.storage.tables import listing_pools, listing_pushes, listing_sales
from tests.storage.listings import SELLER, Market, listing, offer, publishing
from tests.storage.shop import Clock, assert_balanced, line, order, stocked


@pytest.fixture
def store(sqlite_url: str, clock: Clock) -> Iterator[Store]:
    opened = publishing(sqlite_url, clock)
    yield opened
    opened.close()


def violated(store: Store) -> list[tuple[str, str]]:
    return [(violation.invariant, violation.place) for violation in store.ledger.verify().violations]


def test_a_book_that_is_kept_agrees_with_its_ledger_also_with_bundles(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, LID=4)
    parts = (Component(sku="PAN"), Component(sku="LID", units=2))
    store.catalog.import_listings([Listing(channel="shopify", account="kitchen", listing="SET", components=parts)])
    market = Market(store, clock, {listing(): 10, listing("SET"): 0, listing(account=SELLER): 0})
    market.read()
    assert_balanced(store)
    market.work()
    assert_balanced(store)
    clock.advance(seconds=60)
    sets = line("2", None, 1, 0, *parts).model_copy(update={"listing": "SET"})
    placed = order(1, line("1", "PAN", 2), sets, placed_at=clock())
    store.ledger.reserve(placed, "own")
    assert_balanced(store)
    market.work()
    store.ledger.release(placed.key, cancelled_by_channel=True)
    store.ledger.set_count(StockCount(sku="LID", node="east", on_hand=9), by="ann", why="count")
    market.work()
    assert_balanced(store)


def test_listings_that_think_there_is_more_than_the_ledger_has_are_named(store: Store) -> None:
    stocked(store, PAN=10)
    store.listings.record_offers([offer(10)])
    store.listings.plan(10)

    def tamper(connection: Connection) -> None:
        document = json.loads(connection.execute(select(listing_pools.c.document)).scalar_one())
        connection.execute(update(listing_pools).values(document=json.dumps(document | {"available": 11})))

    store.database.write(tamper)
    assert violated(store) == [("listings divide what the ledger has available", "PAN at own")]


def test_a_write_that_lost_its_push_is_named(store: Store) -> None:
    stocked(store, PAN=10)
    store.listings.record_offers([offer(0)])
    store.listings.plan(10)
    store.database.write(lambda connection: connection.execute(delete(listing_pushes)))
    assert violated(store) == [("a write under way has its push", "shopify:kitchen:PAN at own")]


def test_a_push_of_another_quantity_than_was_charged_is_named(store: Store) -> None:
    stocked(store, PAN=10)
    store.listings.record_offers([offer(0)])
    store.listings.plan(10)
    store.database.write(lambda connection: connection.execute(update(listing_pushes).values(quantity=99)))
    assert violated(store) == [("a push is charged before it is sent", "shopify:kitchen:PAN at own")]


def test_a_sale_that_was_told_and_never_taken_is_named(store: Store) -> None:
    row = {"order_key": "shopify:kitchen:9", "line_id": "1", "channel": "shopify", "account": "kitchen"}
    told = insert(listing_sales).values(row | {"listing": "PAN", "told": 3})
    store.database.write(lambda connection: connection.execute(told))
    assert violated(store) == [("no more is told as sold than was taken", "shopify:kitchen:9 at line 1")]
