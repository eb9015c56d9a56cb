"""A quantity that a channel refuses: the same one waits longer and longer, another one is tried at once."""

from collections.abc import Iterator

import pytest

from orderloom.domain.listing.offers import PushState
from orderloom.domain.stock import StockCount
from orderloom.storage.store import Store
from tests.storage.listings import SELLER, SHOP, answer, listing, offer, publishing, state_of
from tests.storage.shop import Clock, assert_balanced, stocked


@pytest.fixture
def store(sqlite_url: str, clock: Clock) -> Iterator[Store]:
    opened = publishing(sqlite_url, clock)
    stocked(opened, PAN=6)
    yield opened
    opened.close()


def refuse(store: Store, account: tuple[object, str] = SHOP) -> int | None:
    """Plan, and refuse what is sent; its quantity."""
    store.listings.plan(10)
    batch = store.listings.next_batch(*account, 1)  # type: ignore[arg-type]
    if batch is None:
        return None
    answer(store, batch, PushState.REFUSED, reason="NO_SUCH_ITEM")
    store.listings.plan(10)
    return batch.pushes[0].quantity


def count(store: Store, units: int) -> None:
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=units), by="ann", why="count")


def test_the_same_quantity_is_asked_for_later_and_later(store: Store, clock: Clock) -> None:
    store.listings.record_offers([offer(10)])
    for wait in (30, 60, 120):
        assert refuse(store) == 6
        clock.advance(seconds=wait - 1)
        assert refuse(store) is None
        assert 0 < (store.listings.wait(*SHOP) or 0) <= 1.1
        assert [view.pending for view in store.listings.views()] == ["refused: NO_SUCH_ITEM"]
        clock.advance(seconds=1.1)
    assert_balanced(store)


def test_another_quantity_is_tried_at_once(store: Store, clock: Clock) -> None:
    store.listings.record_offers([offer(10)])
    assert refuse(store) == 6
    count(store, 8)
    assert refuse(store) == 8
    count(store, 6)
    assert refuse(store) == 6, "it is not what was refused last"


def test_quantities_that_change_with_every_sale_do_not_ask_with_every_sale(store: Store, clock: Clock) -> None:
    store.listings.record_offers([offer(20)])
    asked = []
    for units in (9, 8, 7, 6, 5, 4):
        count(store, units)
        asked.append(refuse(store))
    assert asked == [9, 8, 7, 6, None, None]
    clock.advance(seconds=30)
    assert refuse(store) == 4


def test_pausing_goes_to_a_listing_whose_refill_was_refused(store: Store, clock: Clock) -> None:
    store.listings.record_offers([offer(2)])
    assert refuse(store) == 6
    store.listings.pause("PAN", "ann", "recall")
    assert refuse(store) == 0


def test_a_refused_refill_charges_nothing_and_is_taken_when_amazon_takes_it(store: Store, clock: Clock) -> None:
    store.listings.record_offers([offer(0, account=SELLER)])
    assert refuse(store, SELLER) == 6
    assert state_of(store, listing(account=SELLER)).rights == 0
    clock.advance(seconds=31)
    store.listings.plan(10)
    batch = store.listings.next_batch(*SELLER, 1)
    assert batch is not None
    answer(store, batch, PushState.ACCEPTED)
    assert [(view.rights, view.state) for view in store.listings.views()] == [(6, "published")]
