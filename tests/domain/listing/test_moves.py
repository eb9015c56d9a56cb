"""Drains, refills, top-ups, last units and what is called out, one sentence each."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderloom.domain.listing.moves import Refill, SetShopify, WriteAbsolute, WriteZero
from orderloom.domain.listing.observe import cancelled, reading_observed, sale_seen, tick, write_refused
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind, PoolState
from orderloom.domain.listing.waiting import SOON, next_plan
from tests.domain.listing.pools import ADAPTIVE, GRANTED, Shop, listing, pool
from tests.exploring import examples

AMAZON, SHOPIFY = "amazon-main", "shopify-one"


def two(amazon: int, shopify: int, share: float = 0.4, gap: float = 20.0) -> PoolState:
    """Everything listed and nothing free."""
    return pool(amazon + shopify, listing(AMAZON, amazon, amazon, share), listing(SHOPIFY, shopify, shopify, 1 - share))


def kinds(state: PoolState) -> set[AlertKind]:
    return {kind for _, kind in state.alerts}


STEPS: list[Callable[[Shop], None]] = [
    lambda shop: shop.buy(AMAZON),
    lambda shop: shop.buy(AMAZON, 4),
    lambda shop: shop.buy(SHOPIFY, 2),
    lambda shop: shop.take_effect(),
    lambda shop: shop.read(AMAZON),
    lambda shop: shop.answer(),
    lambda shop: shop.see(0) if shop.unseen else None,
    lambda shop: shop.pass_time(10),
]


@settings(max_examples=examples(250))
@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=24))
def test_a_drain_frees_no_unit_that_may_have_been_sold(steps: list[Callable[[Shop], None]]) -> None:
    shop = Shop(two(20, 0, share=0.1), GRANTED)
    for step in steps:
        shop.pass_time(0.1)
        step(shop)
        assert shop.sold + shop.exposed <= shop.stock
    shop.settle()
    assert shop.sold + sum(shop.shown.values()) == shop.stock


def test_a_sale_that_the_ledger_has_seen_needs_no_push() -> None:
    state = sale_seen(two(40, 60), AMAZON, 1, sold_at=1, now=5)
    after, moves = plan(state, GRANTED, 5)
    assert moves == []
    assert (after.available, after.granted) == (99, 99)


def test_a_sold_out_amazon_listing_is_refilled_after_shopify_has_given() -> None:
    _, moves = plan(two(0, 60), GRANTED, 1)
    (take,) = moves
    assert isinstance(take, SetShopify)
    assert take.change_from == 60
    shop = Shop(two(0, 60), GRANTED)
    shop.answer()
    ((name, units, _),) = shop.patches
    assert (name, units) == (AMAZON, 60 - take.quantity)


def test_amazon_is_drained_where_the_others_run_out() -> None:
    _, moves = plan(two(40, 0, share=0.2), GRANTED, 1)
    assert moves == [WriteZero(listing=AMAZON)]


def test_a_drained_unit_whose_order_is_not_seen_stays_a_right() -> None:
    shop = Shop(two(40, 0, share=0.2), GRANTED)
    shop.pass_time(1)
    shop.buy(AMAZON, 3)
    shop.read(AMAZON)
    shop.take_effect()
    lost = shop.unseen.pop()
    shop.read(AMAZON)
    shop.pass_time(100)
    assert shop.state.listings[AMAZON].owed >= lost.quantity
    assert shop.state.available - shop.state.listings[SHOPIFY].rights >= lost.quantity


def test_a_sale_seen_between_the_last_reading_and_the_effect_does_not_hide_a_missing_one() -> None:
    shop = Shop(two(40, 0, share=0.2), GRANTED)
    shop.pass_time(1)
    shop.buy(AMAZON)
    shop.unseen.clear()
    shop.read(AMAZON)
    shop.pass_time(1)
    shop.buy(AMAZON, 3)
    shop.take_effect()
    shop.read(AMAZON)
    shop.pass_time(100)
    assert shop.state.listings[AMAZON].owed == 1


def test_adaptive_tops_amazon_up_before_it_is_dark_while_stock_is_plentiful() -> None:
    shop = Shop(two(1, 3000), ADAPTIVE)
    shop.answer()
    ((name, units, _),) = shop.patches
    assert (name, shop.shown[AMAZON]) == (AMAZON, 1)
    assert units > 500
    assert shop.state.granted <= shop.state.available
    shop.settle()
    assert shop.state.listings[AMAZON].owed == 0
    assert sum(shop.shown.values()) >= 3000


def test_below_plenty_adaptive_does_what_granted_does() -> None:
    assert plan(two(2, 40), ADAPTIVE, 1) == plan(two(2, 40), GRANTED, 1)


def test_slow_units_stay_split_and_a_listing_without_any_shows_one_of_the_others_until_it_is_sold() -> None:
    slow = pool(3, listing(AMAZON), listing(SHOPIFY), gap=86_400.0)
    shop = Shop(slow, ADAPTIVE)
    shop.settle()
    assert shop.shown == {AMAZON: 1, SHOPIFY: 2}, "nothing that could be sold twice"
    shop.buy(AMAZON)
    shop.settle()
    assert shop.shown == {AMAZON: 1, SHOPIFY: 2}
    shop.buy(SHOPIFY)
    shop.settle()
    assert shop.shown == {AMAZON: 1, SHOPIFY: 1}
    shop.buy(AMAZON)
    shop.settle()
    assert shop.shown == {AMAZON: 0, SHOPIFY: 0}
    assert shop.sold == 3


def test_a_slow_unit_that_came_back_to_the_stock_is_shown_though_no_listing_is_dark() -> None:
    for names in ((AMAZON, SHOPIFY), (AMAZON,)):
        shop = Shop(pool(2, *(listing(name) for name in names), gap=86_400.0), ADAPTIVE)
        shop.settle()
        shop.restock(1)
        shop.settle()
        assert sum(shop.shown.values()) == 3


def test_a_sudden_run_on_slow_stock_can_sell_twice_only_what_a_dark_listing_was_lent() -> None:
    shop = Shop(pool(5, listing(AMAZON), listing(SHOPIFY), gap=86_400.0), ADAPTIVE)
    shop.settle()
    assert shop.state.overlapping
    for name in (AMAZON, SHOPIFY):
        shop.buy(name, 5)
    assert shop.sold == 5


@pytest.mark.parametrize("gap", [1_000_000.0, 86_400.0, 600.0])
def test_a_pool_is_planned_again_when_waiting_alone_makes_it_slow(gap: float) -> None:
    few = pool(1, listing(AMAZON), listing(SHOPIFY, 1, rights=1), gap=gap)
    state, _ = plan(few, ADAPTIVE, 1)
    assert not state.overlapping
    due = next_plan(state, ADAPTIVE, 1)
    assert due is not None
    before, _ = plan(state, ADAPTIVE, due - 1)
    after, moves = plan(state, ADAPTIVE, due + SOON)
    assert (before.overlapping, after.overlapping) == (False, True)
    assert moves == [Refill(listing=AMAZON, quantity=1)]
    assert next_plan(few, GRANTED, 1) is None


@pytest.mark.parametrize(("shown", "last_sale"), [(2, 90_000), (0, 0)])
def test_stock_that_has_just_sold_or_sold_unseen_is_not_slow_however_rare_its_sales_were(
    shown: int, last_sale: float
) -> None:
    def slow(units: int) -> PoolState:
        return pool(5, listing(AMAZON, units, rights=2), listing(SHOPIFY, 3, rights=3), gap=86_400.0)

    state, _ = plan(slow(shown).model_copy(update={"last_sale": last_sale}), ADAPTIVE, 90_100)
    assert not state.overlapping
    assert state.granted == 5
    rested, _ = plan(slow(2), ADAPTIVE, 90_100)
    assert rested.overlapping


def test_adaptive_grants_again_when_slow_stock_is_restocked() -> None:
    shop = Shop(pool(2, listing(AMAZON), listing(SHOPIFY), gap=86_400.0), ADAPTIVE)
    shop.settle()
    shop.restock(50)
    shop.settle()
    assert not shop.state.overlapping
    assert sum(shop.shown.values()) == 52


def test_a_restored_cancellation_stays_with_its_channel() -> None:
    state = sale_seen(two(40, 60), AMAZON, 1, sold_at=1, now=5)
    back = cancelled(state, AMAZON, 1, restored=True, now=6)
    assert (back.available, back.listings[AMAZON].rights) == (100, 40)
    assert cancelled(state, AMAZON, 1, restored=False, now=6).listings[AMAZON].rights == 39


def test_a_hand_edit_is_charged_at_once_and_called_out_when_nothing_explains_it() -> None:
    state = reading_observed(two(40, 60), AMAZON, 50, asked=10)
    state, moves = plan(state, GRANTED, 10)
    assert moves == [SetShopify(listing=SHOPIFY, change_from=60, quantity=50)]
    assert kinds(tick(state, 39)) == set()
    assert kinds(tick(state, 41)) == {AlertKind.BEYOND_RIGHTS}


def test_a_listing_lowered_by_somebody_else_is_called_out_when_no_orders_explain_it() -> None:
    state = tick(reading_observed(two(40, 60), AMAZON, 25, asked=10), 41)
    assert kinds(state) == {AlertKind.ORDERS_MISSING}
    assert state.listings[AMAZON].rights == 40


def test_an_order_later_than_the_bound_is_called_out() -> None:
    assert kinds(sale_seen(two(40, 60), AMAZON, 1, sold_at=1, now=32)) == {AlertKind.LATE_ORDER}


def test_a_write_that_never_takes_effect_is_called_out_and_nothing_is_freed() -> None:
    state, _ = plan(two(40, 0, share=0.2), GRANTED, 1)
    state, moves = plan(state, GRANTED, 90)
    assert kinds(state) == {AlertKind.EFFECT_OVERDUE}
    assert state.granted == 40
    assert not any(isinstance(move, SetShopify | Refill | WriteAbsolute) for move in moves)


def test_a_refused_write_is_charged_to_nobody() -> None:
    state, moves = plan(pool(10, listing(AMAZON)), GRANTED, 1)
    assert any(isinstance(move, Refill) for move in moves)
    assert write_refused(state, AMAZON).granted == 0


def test_a_listing_that_allows_overselling_is_called_out() -> None:
    open_end = listing(SHOPIFY, 5, 5).model_copy(update={"denies_overselling": False})
    state, _ = plan(pool(5, open_end), GRANTED, 1)
    assert kinds(state) == {AlertKind.OVERSELLING_ALLOWED}


def test_stock_that_is_gone_is_taken_from_shopify_first_and_then_from_amazon() -> None:
    state = two(40, 10).model_copy(update={"available": 20})
    _, moves = plan(state, GRANTED, 1)
    assert moves == [SetShopify(listing=SHOPIFY, change_from=10, quantity=0), WriteZero(listing=AMAZON)]


@pytest.mark.parametrize(
    ("policy", "available", "listed"),
    [
        (ListingPolicy(), 10, 10),
        (ListingPolicy(fixed=3), 10, 7),
        (ListingPolicy(percent=0.15), 100, 85),
        (ListingPolicy(percent=0.15), 1, 1),
        (ListingPolicy(percent=0.15, never_below_one=False), 1, 0),
        (ListingPolicy(fixed=3, percent=0.5), 3, 0),
        (ListingPolicy(paused=True), 10, 0),
    ],
)
def test_buffers_hold_back_what_they_say(policy: ListingPolicy, available: int, listed: int) -> None:
    assert policy.sellable(available) == listed


def test_shared_shows_all_of_it_on_every_listing_in_whole_packs() -> None:
    both = pool(10, listing(AMAZON, each=3), listing(SHOPIFY))
    _, moves = plan(both, ListingPolicy(strategy=Strategy.SHARED), 1)
    assert moves == [
        WriteAbsolute(listing=AMAZON, quantity=3),
        SetShopify(listing=SHOPIFY, change_from=None, quantity=10),
    ]


@pytest.mark.parametrize("policy", [GRANTED, ADAPTIVE])
def test_before_its_time_a_pool_takes_back_and_grants_nothing(policy: ListingPolicy) -> None:
    waiting = two(0, 60).model_copy(update={"available": 100, "opens_at": 50.0})
    assert plan(waiting, policy, 49)[1] == []
    assert {type(move) for move in plan(waiting, policy, 50)[1]} & {Refill, SetShopify}
    (take,) = plan(waiting.model_copy(update={"available": 40}), policy, 49)[1]
    assert take == SetShopify(listing=SHOPIFY, change_from=60, quantity=40)
