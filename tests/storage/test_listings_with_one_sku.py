"""Variants of a shop that have one SKU are listings of their own: each has rights, and each sale finds its listing."""

from collections.abc import Iterator, Sequence

import pytest

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Offer
from orderloom.domain.mapping import map_lines, names_of_lines
from orderloom.domain.orders import Component, Order
from orderloom.domain.stock import Listing
from orderloom.storage.store import Store
from tests.storage.listings import SHOP, facts_left, listing, offer, pool_state, publishing
from tests.storage.shop import Clock, line, order, reading, stocked, woken


@pytest.fixture
def store(sqlite_url: str, clock: Clock) -> Iterator[Store]:
    opened = publishing(sqlite_url, clock)
    yield opened
    opened.close()


def variant(number: int, quantity: int, clock: Clock, sku: str = "PAN") -> Offer:
    return offer(quantity, sku, at=clock(), reference=f"{70 + number}", own_name=f"variant:{number}", seller_sku=sku)


def names(offers: Sequence[Offer]) -> list[str]:
    return [one.key.listing for one in offers]


def read(store: Store, clock: Clock, *offers: Offer) -> list[str]:
    """As a catalogue that was read to its end."""
    found = store.listings.record_offers(offers)
    store.listings.forget_offers_not_seen_since(*SHOP, clock())
    store.listings.plan(10)
    return names(found)


def sold(store: Store, clock: Clock, number: int, units: int = 1) -> Order:
    """An order of one variant under the SKU PAN, mapped as a normalising step does."""
    placed = order(9000 + number, line("1", "PAN", units), placed_at=clock(), updated_at=clock())
    bare = placed.lines[0].model_copy(update={"components": None, "own_name": f"variant:{number}"})
    placed = placed.model_copy(update={"lines": (bare,)})
    known = store.catalog.components(Channel.SHOPIFY, "kitchen", names_of_lines(placed))
    return map_lines(placed, known, {})


def test_the_oldest_goes_by_the_sku_and_both_share_its_stock(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    assert read(store, clock, variant(2, 0, clock), variant(1, 0, clock)) == ["PAN", "variant:2"]
    state = pool_state(store)
    assert set(state.listings) == {"shopify:kitchen:PAN", "shopify:kitchen:variant:2"}
    assert state.granted == 10
    batch = store.listings.next_batch(*SHOP, 250)
    assert batch is not None
    assert {(push.key.listing, push.reference) for push in batch.pushes} == {("PAN", "71"), ("variant:2", "72")}
    assert sum(push.quantity for push in batch.pushes) == 10


def test_names_stay_with_their_variants_whichever_is_read_first_or_alone(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    read(store, clock, variant(1, 4, clock))
    clock.advance(seconds=60)
    assert names(store.listings.record_offers([variant(2, 6, clock)])) == ["variant:2"]
    clock.advance(seconds=60)
    assert read(store, clock, variant(2, 6, clock), variant(1, 4, clock)) == ["PAN", "variant:2"]
    assert {view.key.listing: view.shown for view in store.listings.views("PAN")} == {"PAN": 4, "variant:2": 6}


def test_a_sale_is_told_to_the_variant_that_sold_and_a_cancellation_goes_back_to_it(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    read(store, clock, variant(1, 5, clock), variant(2, 5, clock))
    clock.advance(seconds=1)
    second, first = sold(store, clock, 2, units=2), sold(store, clock, 1)
    assert (second.lines[0].listing, first.lines[0].listing) == ("variant:2", "PAN")
    assert second.lines[0].components == (Component(sku="PAN"),)
    store.ledger.reserve(second, "own")
    store.ledger.reserve(first, "own")
    assert facts_left(store) == [("sale", "variant:2", 2), ("sale", "PAN", 1)]
    called_otherwise = second.lines[0].model_copy(update={"listing": "PAN", "quantity": 1})
    store.ledger.reserve(second.model_copy(update={"lines": (called_otherwise,)}), "own")
    assert facts_left(store)[-1] == ("cancelled", "variant:2", 1)


def test_what_is_mapped_by_its_own_name_is_something_else_from_the_next_reading_on(store: Store, clock: Clock) -> None:
    """The merchant's word that two variants have one SKU by mistake; also of the one that went by the SKU."""
    stocked(store, PAN=10, POT=3)
    read(store, clock, variant(1, 5, clock), variant(2, 5, clock))
    pots = Listing(channel=Channel.SHOPIFY, account="kitchen", listing="variant:1", components=(Component(sku="POT"),))
    store.catalog.import_listings([pots])
    due = store.listings.due_reads(*SHOP, 25)
    assert [one.reference for one in due] == ["71"], "what it sells is settled by a reading"
    assert sold(store, clock, 1).lines[0].components == (Component(sku="POT"),), "orders are mapped so at once"
    clock.advance(seconds=1)
    assert read(store, clock, variant(1, 5, clock), variant(2, 5, clock)) == ["PAN", "variant:1"]
    assert set(pool_state(store, "POT").listings) == {"shopify:kitchen:variant:1"}
    assert set(pool_state(store, "PAN").listings) == {"shopify:kitchen:PAN"}
    assert {view.key.listing: view.place for view in store.listings.views()} == {"PAN": "PAN", "variant:1": "POT"}
    assert sold(store, clock, 2).lines[0].listing == "PAN"


def test_a_variant_that_is_left_alone_with_the_sku_goes_by_it(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    read(store, clock, variant(1, 5, clock), variant(2, 5, clock))
    clock.advance(seconds=60)
    assert read(store, clock, variant(2, 5, clock)) == ["variant:2"], "until a whole reading has shown that it is alone"
    clock.advance(seconds=60)
    assert read(store, clock, variant(2, 5, clock)) == ["PAN"]
    assert set(pool_state(store).listings) == {"shopify:kitchen:PAN"}
    assert sold(store, clock, 2).lines[0].listing == "PAN"


def test_a_variant_that_was_given_a_sku_of_its_own_sells_that(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, POT=3)
    read(store, clock, variant(1, 5, clock), variant(2, 5, clock))
    clock.advance(seconds=60)
    old = variant(2, 5, clock)
    clock.advance(seconds=1)
    assert read(store, clock, variant(1, 5, clock), variant(2, 5, clock, sku="POT")) == ["PAN", "POT"]
    assert set(pool_state(store).listings) == {"shopify:kitchen:PAN"}
    store.listings.record_offers([old])
    assert [view.key.listing for view in store.listings.views()] == ["PAN", "POT"], "an old reading changes nothing"


def test_all_of_an_unmapped_sku_are_written_to_zero_and_an_order_of_any_goes_on_once_it_is_mapped(
    store: Store, clock: Clock
) -> None:
    read(store, clock, variant(1, 5, clock, sku="WOK"), variant(2, 6, clock, sku="WOK"))
    unknown = line("1", "PAN").model_copy(update={"listing": "WOK", "own_name": "variant:2", "components": None})
    store.orders.record(reading(order(7, unknown)), "e1")
    store.orders.save_mapped(order(7, unknown))
    store.listings.plan(10)
    batch = store.listings.next_batch(*SHOP, 250)
    assert batch is not None
    assert {(push.key.listing, push.quantity) for push in batch.pushes} == {("WOK", 0), ("variant:2", 0)}
    stocked(store, PAN=1)
    mapped = Listing(
        channel=Channel.SHOPIFY, account="kitchen", listing="variant:2", components=(Component(sku="PAN"),)
    )
    store.catalog.import_listings([mapped])
    assert woken(store) == [("7", "mapped")]
    assert listing("variant:2") in {one.key for one in store.listings.due_reads(*SHOP, 25)}
