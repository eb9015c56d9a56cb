"""A figure is from some moment between asking and answering; whatever is concluded from it has to use the right end."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderloom.domain.listing.demand import QUICKEST_LOOK, next_look
from orderloom.domain.listing.moves import Refill
from orderloom.domain.listing.observe import reading_observed, sale_seen, tick
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.state import Pending, PoolState, Write
from tests.domain.listing.pools import GRANTED, LAGS, Shop, listing, pool
from tests.exploring import examples

AMAZON, SHOPIFY = "amazon-main", "shopify-one"


def draining() -> Shop:
    """Amazon has everything, and a zero for it is under way."""
    shop = Shop(pool(20, listing(AMAZON, 20, 20, share=0.1), listing(SHOPIFY, share=0.9)), GRANTED)
    assert [units for _, units, _ in shop.patches] == [0]
    return shop


SECONDS = st.floats(0.1, 8.0)


@settings(max_examples=examples(200))
@given(before=SECONDS, until_sale=SECONDS, until_effect=SECONDS, until_answer=SECONDS, units=st.integers(1, 20))
@example(before=1.0, until_sale=5.0, until_effect=1.0, until_answer=1.0, units=3)
def test_a_unit_sold_while_the_call_was_under_way_is_not_freed_by_its_answer(
    before: float, until_sale: float, until_effect: float, until_answer: float, units: int
) -> None:
    """Dated by its asking, the zero would have ended before that sale: 3 units would come free and be sold again."""
    shop = draining()
    shop.pass_time(before)
    shop.ask(AMAZON)
    shop.pass_time(until_sale)
    shop.buy(AMAZON, units)
    sold_at = shop.now
    shop.pass_time(until_effect)
    shop.take_effect()
    shop.take_figure(AMAZON)
    shop.pass_time(until_answer)
    shop.hear(AMAZON)
    for _ in range(120):
        # The sale is seen at its bound and not before; nobody may have its units in the meantime.
        shop.pass_time(0.5)
        assert shop.sold + shop.exposed <= shop.stock
    assert not shop.unseen
    assert shop.now > sold_at + LAGS.sight
    shop.settle()
    assert shop.sold + sum(shop.shown.values()) == shop.stock


@settings(max_examples=examples(100))
@given(until_sale=SECONDS, until_figure=SECONDS, until_answer=SECONDS)
def test_a_sale_that_the_figure_has_already_is_not_missed_a_second_time(
    until_sale: float, until_figure: float, until_answer: float
) -> None:
    """Subtracted from it once more, an audit would call out an order that was seen, and free a doubtful unit."""
    shop = Shop(pool(40, listing(AMAZON, 20, 20), listing(SHOPIFY, 20, 20)), GRANTED)
    shop.ask(AMAZON)
    shop.pass_time(until_sale)
    shop.buy(AMAZON)
    shop.pass_time(until_figure)
    shop.take_figure(AMAZON)
    shop.pass_time(until_answer)
    shop.hear(AMAZON)
    shop.pass_time(LAGS.sight)
    shop.pass_time(LAGS.sight)
    assert not shop.noticed
    assert shop.state.listings[AMAZON].rights == 19


def test_a_refill_that_a_figure_shows_too_early_to_be_sure_of_is_not_what_the_refill_replaces() -> None:
    """A figure may be two seconds old. Taken for one from before the refill, its units would come free at the next."""
    lags = LAGS.model_copy(update={"staleness": 2.0})
    refill = Pending(write=Write.REFILL, units=18, before=0, since=10.0)
    one = listing(AMAZON, 0, 18).model_copy(update={"lags": lags, "pending": refill})
    read = reading_observed(pool(18, one), AMAZON, 18, asked=11.0, answered=11.2)
    assert read.listings[AMAZON].pending == refill, "neither before nor after: the next figure says it"
    read = reading_observed(read, AMAZON, 17, asked=13.0, answered=13.2)
    assert read.listings[AMAZON].pending is None
    assert tick(read, 13.2 + 2 * (lags.effect + lags.sight)).listings[AMAZON].rights == 18


def test_a_figure_that_was_answered_before_the_write_was_sent_is_one_from_before_it() -> None:
    lags = LAGS.model_copy(update={"staleness": 2.0})
    zero = Pending(write=Write.ZERO, units=0, before=20, since=10.0)
    one = listing(AMAZON, 20, 20).model_copy(update={"lags": lags, "pending": zero})
    read = reading_observed(pool(20, one), AMAZON, 15, asked=9.0, answered=9.5)
    assert (read.listings[AMAZON].reading.units, read.listings[AMAZON].pending) == (15, zero)


def test_an_order_from_before_a_slow_answer_is_waited_for_from_the_answer_on() -> None:
    read = reading_observed(pool(20, listing(AMAZON, 20, 20)), AMAZON, 17, asked=10, answered=18)
    assert not tick(read, 10 + LAGS.sight + 1).alerts
    assert tick(read, 18 + LAGS.sight + 1).alerts


def test_a_figure_asked_for_before_a_write_does_not_show_its_effect_however_late_it_comes() -> None:
    state = emptied(asked=4, answered=30)
    assert state.listings[AMAZON].pending is not None
    assert emptied(asked=6, answered=30).listings[AMAZON].pending is None


def emptied(asked: float, answered: float) -> PoolState:
    """Read as zero after a zero that was sent at 5."""
    pending = Pending(write=Write.ZERO, units=0, before=20, since=5)
    state = pool(20, listing(AMAZON, 20, 20).model_copy(update={"pending": pending}))
    return reading_observed(state, AMAZON, 0, asked, answered)


def test_an_answer_that_took_a_minute_says_nothing() -> None:
    state = pool(20, listing(AMAZON, 20, 20))
    assert reading_observed(state, AMAZON, 50, asked=10, answered=71) == state
    assert reading_observed(state, AMAZON, 50, asked=10, answered=69) != state


def test_a_listing_that_may_still_show_units_is_refilled_once_it_is_surely_sold_out() -> None:
    """Both units were sold while the figure was asked for, so it may be from before those sales or from after them."""
    state = reading_observed(pool(20, listing(AMAZON, 4, 4)), AMAZON, 2, asked=10, answered=15)
    state = sale_seen(state, AMAZON, 2, sold_at=12, now=16)
    state, moves = plan(state, GRANTED, 16)
    assert moves == [], "a refill would erase the two that it may show"
    assert next_look(state, state.listings[AMAZON], 16) == QUICKEST_LOOK
    state, moves = plan(reading_observed(state, AMAZON, 0, asked=18, answered=19), GRANTED, 19)
    assert [type(move) for move in moves] == [Refill]


def test_a_recount_during_which_something_sold_goes_on_with_the_next_audit() -> None:
    """It frees what is missing beyond doubt; the figure may be from before the sale or after it."""
    one = listing(AMAZON, 20, 30).model_copy(update={"recount": True})
    state = sale_seen(pool(30, one), AMAZON, 2, sold_at=12, now=14)
    state = tick(reading_observed(state, AMAZON, 20, asked=10, answered=15), 46)
    assert (state.listings[AMAZON].rights, state.listings[AMAZON].recount) == (20, True)
    state = tick(reading_observed(state, AMAZON, 18, asked=50, answered=51), 82)
    assert (state.listings[AMAZON].rights, state.listings[AMAZON].recount) == (18, False)
