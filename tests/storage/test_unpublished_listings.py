"""An account that publishes no more: what its listings still show is theirs, and nobody else's to sell."""

from collections.abc import Iterator

import pytest

from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.stock import StockCount
from orderloom.storage.store import Store
from tests.storage.listings import SELLER, SHOP, Market, Policies, listing, offer, pool_state, publishing, state_of
from tests.storage.shop import Clock, key, line, order, stocked

SHOPS, SELLERS = listing(), listing(account=SELLER)


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
    """Ten pans: six in the shop, four at Amazon."""
    stocked(store, PAN=10)
    market = Market(store, clock, {SHOPS: 6, SELLERS: 4})
    market.read()
    market.work()
    assert market.shown == {SHOPS: 6, SELLERS: 4}
    clock.advance(seconds=1)
    return market


def restart(store: Store) -> None:
    """A worker that starts with the new configuration."""
    store.listings._knows_unpublished = False


def count(store: Store, units: int) -> None:
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=units), by="ann", why="count")


def sell_at_amazon(store: Store, clock: Clock, quantity: int) -> None:
    sold_by = key(clock.now.second).model_copy(update={"channel": SELLER[0], "account": SELLER[1]})
    at = clock.advance(seconds=1)
    store.ledger.reserve(order(1, line("1", "PAN", quantity), key=sold_by, placed_at=at, updated_at=at), "own")


def alarms(store: Store) -> list[tuple[str, AlertKind]]:
    return [(alarm.listing, alarm.kind) for alarm in store.listings.alarms()]


@pytest.mark.parametrize("strategy", Strategy)
def test_it_keeps_what_it_shows_and_the_others_get_the_rest(
    store: Store, market: Market, policies: Policies, strategy: Strategy
) -> None:
    policies.chosen = ListingPolicy(strategy=strategy)
    policies.unpublished = SELLER[1]
    restart(store)
    market.work()
    assert alarms(store) == [(str(SELLERS), AlertKind.UNPUBLISHED)]
    assert state_of(store, SELLERS).rights == 4
    assert [view.state for view in store.listings.views() if view.key == SELLERS] == ["unpublished"]
    count(store, 30)
    sent = market.work()
    assert {key for key, _ in sent} == {SHOPS}, "nobody writes to the account"
    assert market.shown[SELLERS] == 4
    if strategy is not Strategy.SHARED:
        assert market.shown[SHOPS] == 26


def test_stock_that_goes_missing_is_taken_from_those_that_can_be_written(
    store: Store, market: Market, policies: Policies
) -> None:
    policies.unpublished = SELLER[1]
    restart(store)
    count(store, 5)
    market.work()
    assert market.shown == {SHOPS: 1, SELLERS: 4}


def test_once_it_is_sold_out_it_is_forgotten_and_its_alarm_is_over(
    store: Store, market: Market, policies: Policies, clock: Clock
) -> None:
    policies.unpublished = SELLER[1]
    restart(store)
    market.work()
    sell_at_amazon(store, clock, 4)
    market.work()
    assert list(pool_state(store).listings) == [str(SHOPS)]
    assert alarms(store) == []
    count(store, 16)
    market.work()
    assert market.shown[SHOPS] == 12, "16 less the 4 that are sold"


def test_a_person_who_set_it_to_zero_gives_its_units_to_the_others(
    store: Store, market: Market, policies: Policies
) -> None:
    policies.unpublished = SELLER[1]
    restart(store)
    market.work()
    store.listings.clear("own", str(SELLERS), AlertKind.UNPUBLISHED, "ann")
    market.work()
    assert market.shown[SHOPS] == 10
    assert alarms(store) == []


def test_a_push_that_was_still_to_be_sent_never_is_and_its_charge_comes_back(
    store: Store, market: Market, policies: Policies, clock: Clock
) -> None:
    sell_at_amazon(store, clock, 4)
    count(store, 40)
    store.listings.plan(10)
    assert state_of(store, SELLERS).pending is not None
    policies.unpublished = SELLER[1]
    restart(store)
    store.listings.plan(10)
    assert store.listings.next_batch(*SELLER, 1) is None
    market.work()
    assert market.shown[SHOPS] == 36, "40 less the 4 that are sold"


def test_published_again_it_is_written_as_before_and_its_alarm_is_over(
    store: Store, market: Market, policies: Policies, clock: Clock
) -> None:
    policies.unpublished = SHOP[1]
    restart(store)
    market.work()
    assert alarms(store) == [(str(SHOPS), AlertKind.UNPUBLISHED)]
    policies.unpublished = None
    clock.advance(seconds=1)
    store.listings.record_offers([offer(6, at=clock())])
    market.work()
    assert alarms(store) == []
    count(store, 30)
    market.work()
    assert market.shown[SHOPS] == 26
