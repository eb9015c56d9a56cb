"""First readings, lost answers, withdrawn listings, a change of strategy, and what a person clears."""

import pytest

from orderloom.domain.keys import Channel
from orderloom.domain.listing.demand import cover_of, is_low, rate_of
from orderloom.domain.listing.moves import Alert, Refill, SetShopify, WriteZero
from orderloom.domain.listing.observe import (
    cancelled,
    change_made,
    cleared,
    reading_observed,
    sale_seen,
    tick,
    write_lost,
)
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind, Pending, PoolState, Write
from tests.domain.listing.pools import ADAPTIVE, GRANTED, LAGS, Shop, listing, pool

AMAZON, SHOPIFY = "amazon-main", "shopify-one"
SHARED = ListingPolicy(strategy=Strategy.SHARED)


def two(amazon: int, shopify: int, share: float = 0.4) -> PoolState:
    return pool(amazon + shopify, listing(AMAZON, amazon, amazon, share), listing(SHOPIFY, shopify, shopify, 1 - share))


def counted_from(state: PoolState, moment: float) -> PoolState:
    return state.with_listing(state.listings[AMAZON].model_copy(update={"since": moment}))


def test_a_sale_from_before_the_first_reading_moves_only_what_is_available() -> None:
    state = counted_from(two(10, 10), 100)
    before, after = (sale_seen(state, AMAZON, 1, sold_at=at, now=110) for at in (100, 101))
    assert (before.available, before.listings[AMAZON].rights) == (19, 10)
    assert (after.available, after.listings[AMAZON].rights) == (19, 9)


def test_a_unit_restocked_before_the_first_reading_is_in_that_figure() -> None:
    state = counted_from(two(10, 10), 100)
    old = cancelled(state, AMAZON, 1, restored=True, now=110, cancelled_at=99)
    new = cancelled(state, AMAZON, 1, restored=True, now=110, cancelled_at=105)
    assert [one.available for one in (old, new)] == [21, 21]
    assert [one.listings[AMAZON].rights for one in (old, new)] == [10, 11]


def test_every_state_survives_json() -> None:
    state, _ = plan(write_lost(plan(two(0, 60), GRANTED, 1)[0], SHOPIFY, 2), ADAPTIVE, 3)
    assert PoolState.model_validate_json(state.model_dump_json()) == state


def lost_refill() -> PoolState:
    state, moves = plan(pool(10, listing(AMAZON)), GRANTED, 1)
    assert any(isinstance(move, Refill) for move in moves)
    return write_lost(state, AMAZON, 2)


def test_a_write_whose_answer_was_lost_is_given_up_after_both_bounds_without_an_alert() -> None:
    waiting, _ = plan(lost_refill(), GRANTED, 50)
    assert waiting.listings[AMAZON].pending is not None
    given_up = tick(waiting, 52)
    one = given_up.listings[AMAZON]
    assert (one.pending, one.rights, one.doubtful, given_up.alerts) == (None, 10, 10, frozenset())


def test_a_dead_write_is_audited_and_its_units_are_listed_again() -> None:
    state, _ = plan(lost_refill(), GRANTED, 52)
    state = reading_observed(state, AMAZON, 0, asked=53)
    state, moves = plan(state, GRANTED, 84)
    assert moves == [Refill(listing=AMAZON, quantity=10)]
    assert state.granted == 10


def test_a_lost_write_that_did_take_effect_keeps_its_rights() -> None:
    state = reading_observed(lost_refill(), AMAZON, 10, asked=10)
    state, moves = plan(state, GRANTED, 300)
    assert (moves, state.granted, state.listings[AMAZON].doubtful) == ([], 10, 0)


def test_a_lost_write_that_took_effect_unseen_keeps_its_rights_after_it_is_given_up() -> None:
    state, _ = plan(lost_refill(), GRANTED, 52)
    assert state.listings[AMAZON].rights == 10
    state, moves = plan(reading_observed(state, AMAZON, 10, asked=53), GRANTED, 90)
    assert (moves, state.listings[AMAZON].rights) == ([], 10)


def test_a_figure_from_before_a_shared_write_can_take_effect_frees_nothing() -> None:
    shop = Shop(two(0, 20), SHARED)
    shop.accept()
    shop.pass_time(1)
    shop.read(AMAZON)
    assert (len(shop.patches), shop.state.listings[AMAZON].audit) == (1, None)
    shop.pass_time(60)
    assert shop.shown[AMAZON] == 20
    assert shop.state.listings[AMAZON].rights >= 20


def test_an_accepted_write_that_never_takes_effect_is_called_out_and_does_not_block_for_ever() -> None:
    state, _ = plan(two(40, 0, share=0.2), GRANTED, 1)
    state, _ = plan(state, GRANTED, 90)
    assert state.alerts == {(AMAZON, AlertKind.EFFECT_OVERDUE)}
    _, moves = plan(state, GRANTED, 102)
    assert moves == [WriteZero(listing=AMAZON)]


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize(
    "changes",
    [
        {"paused": True},
        {"shares": {AMAZON: 0, SHOPIFY: 0}},
    ],
)
def test_paused_and_a_share_of_zero_drain_every_listing(strategy: Strategy, changes: dict[str, object]) -> None:
    shop = Shop(two(8, 12), ListingPolicy.model_validate({"strategy": strategy, **changes}))
    shop.settle()
    assert set(shop.shown.values()) == {0}


@pytest.mark.parametrize("strategy", [Strategy.GRANTED, Strategy.ADAPTIVE])
@pytest.mark.parametrize(("closed", "other"), [(AMAZON, SHOPIFY), (SHOPIFY, AMAZON)])
def test_what_a_closed_listing_gives_back_goes_to_the_other(strategy: Strategy, closed: str, other: str) -> None:
    state = two(20, 0) if closed == AMAZON else two(0, 20)
    shop = Shop(state, ListingPolicy(strategy=strategy, shares={closed: 0}))
    shop.settle()
    assert shop.shown == {closed: 0, other: 20}


@pytest.mark.parametrize("strategy", list(Strategy))
def test_the_last_units_go_to_the_channel_that_is_named_for_them(strategy: Strategy) -> None:
    policy = ListingPolicy(strategy=strategy, last_units=5, last_units_channel=Channel.SHOPIFY)
    shop = Shop(two(3, 3), policy)
    shop.settle()
    assert shop.shown[AMAZON] > 0
    shop.buy(AMAZON)
    shop.settle()
    assert shop.shown == {AMAZON: 0, SHOPIFY: 5}


def test_shared_sends_one_write_at_a_time_and_ends_at_the_newest_figure() -> None:
    shop = Shop(two(0, 20), SHARED)
    shop.restock(5)
    shop.restock(-3)
    assert (len(shop.calls), len(shop.patches)) == (1, 1)
    shop.settle()
    assert shop.shown == {AMAZON: 22, SHOPIFY: 22}


def test_after_shared_the_units_that_are_listed_twice_are_taken_back() -> None:
    shop = Shop(two(0, 20), SHARED)
    shop.settle()
    assert shop.shown == {AMAZON: 20, SHOPIFY: 20}
    shop.policy = GRANTED
    shop.settle()
    assert sum(shop.shown.values()) == 20
    assert shop.state.granted == 20
    assert not shop.noticed


def test_units_that_a_person_says_are_not_sold_come_free_with_the_next_audit() -> None:
    state = tick(reading_observed(two(40, 60), AMAZON, 25, asked=10), 41)
    state = cleared(state, AMAZON, AlertKind.ORDERS_MISSING)
    assert (state.alerts, state.listings[AMAZON].rights) == (frozenset(), 40)
    state, moves = plan(reading_observed(state, AMAZON, 25, asked=50), GRANTED, 81)
    assert state.listings[AMAZON].rights == 25
    assert moves == [SetShopify(listing=SHOPIFY, change_from=60, quantity=75)]


def test_a_cleared_alert_that_still_holds_is_told_again() -> None:
    open_end = listing(SHOPIFY, 5, 5).model_copy(update={"denies_overselling": False})
    state, _ = plan(pool(5, open_end), GRANTED, 1)
    state, moves = plan(cleared(state, SHOPIFY, AlertKind.OVERSELLING_ALLOWED), GRANTED, 2)
    assert Alert(listing=SHOPIFY, kind=AlertKind.OVERSELLING_ALLOWED) in moves


def test_a_change_at_shopify_whose_key_is_too_old_is_over() -> None:
    state, _ = plan(two(0, 60), GRANTED, 1)
    pending = state.listings[SHOPIFY].pending
    assert pending is not None
    assert pending.write is Write.CHANGE
    one = write_lost(state, SHOPIFY, 82_800).listings[SHOPIFY]
    assert (one.pending, one.rights, one.doubtful) == (None, 60, 60)


def test_cover_is_told_in_seconds_and_warned_of_below_the_merchants_figure() -> None:
    state = two(4, 6)
    assert cover_of(state, 1) == pytest.approx(200)
    assert rate_of(state, state.listings[AMAZON], 1) == pytest.approx(0.02)
    sold = state.model_copy(update={"latest": (1.0,)})
    assert is_low(sold, ListingPolicy(low_cover=300), 1)
    assert not is_low(sold, ListingPolicy(), 1)
    assert not is_low(state, ListingPolicy(low_cover=300), 1), "what never sold has no rate but a supposed one"
    assert not is_low(sold, ListingPolicy(low_cover=180), 1)
    assert is_low(sold, ListingPolicy(low_cover=180), 1, was_low=True), "a warning does not end with one quiet minute"


def test_an_edit_that_our_own_change_follows_at_once_is_still_called_out() -> None:
    state = reading_observed(pool(32, listing(AMAZON), listing(SHOPIFY, units=30, rights=30)), SHOPIFY, 11, 10.0)
    taking = {"pending": Pending(write=Write.CHANGE, units=9, before=11, since=10.5), "audit": None}
    state = state.with_listing(state.listings[SHOPIFY].model_copy(update=taking))
    state = tick(change_made(state, SHOPIFY, 11.0), 11.0 + LAGS.sight + 1)
    assert (SHOPIFY, AlertKind.ORDERS_MISSING) in state.alerts
