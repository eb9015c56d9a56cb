"""How quickly the policy learns how fast a pool sells."""

import random

import pytest

from orderloom.domain.listing.moves import WriteZero
from orderloom.domain.listing.observe import sale_seen
from orderloom.domain.listing.pace import FIRST_GAP
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import PoolState
from tests.domain.listing.pools import ADAPTIVE, GRANTED, LAGS, listing, pool

AMAZON, SHOPIFY = "amazon-main", "shopify-one"


def sold_each(seconds: float, sales: int, gap: float = FIRST_GAP, seed: int | None = None) -> PoolState:
    """A pool that was thought to sell every `gap` seconds, after sales at these intervals, exact or by chance."""
    draw = random.Random(seed)
    state, now = pool(1000, listing(SHOPIFY, units=1000, rights=1000), gap=gap), 0.0
    for _ in range(sales):
        now += seconds if seed is None else draw.expovariate(1 / seconds)
        state = sale_seen(state, SHOPIFY, 1, now, now)
    return state


def test_a_rush_on_slow_stock_is_seen_by_its_sixth_order() -> None:
    assert sold_each(1.0, 5).gap > FIRST_GAP / 2
    assert sold_each(1.0, 6).gap == pytest.approx(1.0)


def test_a_steady_rate_is_not_taken_for_a_rush() -> None:
    for seed in range(20):
        assert 8 < sold_each(20.0, 200, gap=20.0, seed=seed).gap < 45


def test_orders_of_one_second_do_not_make_an_endless_rate() -> None:
    state = pool(1000, listing(SHOPIFY, units=1000, rights=1000), gap=FIRST_GAP)
    for _ in range(6):
        state = sale_seen(state, SHOPIFY, 1, 100.0, 100.0)
    assert state.gap == pytest.approx(0.2)


def test_orders_that_arrive_late_and_out_of_order_count_by_their_times() -> None:
    state = pool(1000, listing(SHOPIFY, units=1000, rights=1000), gap=60.0)
    for day in (5, 3, 1, 4, 2, 6, 0):
        state = sale_seen(state, SHOPIFY, 1, day * 86_400.0, 700_000.0)
    assert state.gap > 60.0


@pytest.mark.parametrize("policy", [GRANTED, ADAPTIVE])
def test_stock_without_a_history_is_not_drained_in_a_rush_that_ends_before_the_drain(policy: ListingPolicy) -> None:
    """Found on the real stack: believed to last for days, the last units on Amazon were written off in mid-sale."""
    filled = listing(AMAZON, units=12, rights=12)
    state, now = pool(31, filled, listing(SHOPIFY, units=19, rights=19), gap=FIRST_GAP), 0.0
    for number in range(24):
        now = 1 + number / 2
        name = AMAZON if number in (5, 9, 13, 17, 21) else SHOPIFY
        state = sale_seen(state, name, 1, now, now)
    assert [one.reading.left for one in state.listings.values()] == [7, 0]
    assert plan(state, policy, now)[1] == []


def rushed(last_sale: float) -> PoolState:
    """In a rush of two a second, most of it on Shopify, which has sold out."""
    filled, empty = listing(AMAZON, units=12, rights=12, share=0.1), listing(SHOPIFY, share=0.9)
    return pool(12, filled, empty, gap=0.5).model_copy(update={"last_sale": last_sale})


def test_orders_that_may_only_be_on_their_way_are_no_silence_to_drain_by() -> None:
    assert plan(rushed(0), GRANTED, LAGS.sight - 1)[1] == []


def test_a_sale_that_is_over_lets_the_rest_be_drained() -> None:
    assert plan(rushed(0), GRANTED, LAGS.sight + 3600)[1] == [WriteZero(listing=AMAZON)]
