"""A merchant is warned of stock that runs out before more can be there, until there is enough."""

from collections.abc import Iterator

import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.stock import StockCount
from orderloom.storage.store import Store
from tests.storage.listings import Policies, offer, publishing
from tests.storage.shop import Clock, key, line, order, stocked

HOUR = 3600.0


@pytest.fixture
def store(sqlite_url: str, clock: Clock) -> Iterator[Store]:
    opened = publishing(sqlite_url, clock, Policies(ListingPolicy(low_cover=20 * HOUR)))
    yield opened
    opened.close()


def sells_one_an_hour(store: Store, clock: Clock, orders: int) -> None:
    for _ in range(orders):
        clock.advance(seconds=HOUR)
        number = int(clock().timestamp())
        store.ledger.reserve(order(number, line("1", "PAN"), key=key(number), placed_at=clock()), "own")
        store.listings.plan(10)


def warnings(store: Store) -> list[tuple[str, AlertKind]]:
    return [(alarm.place, alarm.kind) for alarm in store.listings.alarms() if alarm.kind is AlertKind.LOW_COVER]


def test_it_is_called_out_when_a_sku_runs_low_and_ends_by_itself_when_stock_is_there(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=80)
    store.listings.record_offers([offer(80)])
    store.listings.plan(10)
    sells_one_an_hour(store, clock, 40)
    assert warnings(store) == [], "forty left at one an hour"
    sells_one_an_hour(store, clock, 35)
    assert warnings(store) == [("PAN", AlertKind.LOW_COVER)]
    with pytest.raises(InputInvalid, match="ends by itself"):
        store.listings.clear("own", "shopify:kitchen:PAN", AlertKind.LOW_COVER, "ann")
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=300), by="ann", why="delivery")
    store.listings.plan(10)
    assert warnings(store) == []
    assert [alarm.cleared_by for alarm in store.listings.alarms(open_only=False)] == [None]


def test_what_has_not_sold_yet_is_not_said_to_run_low_or_to_sell_at_a_supposed_rate(store: Store, clock: Clock) -> None:
    stocked(store, PAN=1)
    store.listings.record_offers([offer(1)])
    store.listings.plan(10)
    assert warnings(store) == []
    (view,) = store.listings.views("PAN")
    assert (view.per_day, view.cover_seconds) == (0.0, None)
