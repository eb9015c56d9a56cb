"""Two shops and Amazon over one pool: every shop sells, and what one lacks the other gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.listing.policy import ListingPolicy
from tests.domain.listing.pools import ADAPTIVE, GRANTED, Shop, listing, pool

AMAZON, KITCHEN, OUTLET = "amazon-main", "shopify-kitchen", "shopify-outlet"


def three(kitchen: int, outlet: int, amazon: int = 0, *, share: float = 0.3, policy: ListingPolicy = GRANTED) -> Shop:
    """`share`: the outlet's part of the demand."""
    listings = (
        listing(AMAZON, amazon, amazon, 0.2),
        listing(KITCHEN, kitchen, kitchen, 0.8 - share),
        listing(OUTLET, outlet, outlet, share),
    )
    return Shop(pool(kitchen + outlet + amazon, *listings), policy)


@pytest.mark.parametrize("policy", [GRANTED, ADAPTIVE])
def test_what_is_free_is_split_among_the_shops_by_their_demand(policy: ListingPolicy) -> None:
    shop = three(0, 0, policy=policy)
    shop.restock(100)
    shop.settle()
    assert sum(shop.shown.values()) == 100
    assert shop.shown[KITCHEN] / shop.shown[OUTLET] == pytest.approx(5 / 3, rel=0.1)


@pytest.mark.parametrize("share", [0.3, 0.001])
def test_a_shop_that_ran_dry_is_given_units_of_the_full_one(share: float) -> None:
    shop = three(80, 0, 20, share=share)
    shop.settle()
    assert shop.shown[OUTLET] == max(int(80 * share / 0.8), 1)
    assert sum(shop.shown.values()) == 100


def test_the_last_unit_stays_where_it_is() -> None:
    shop = three(1, 0, share=0.4)
    shop.settle()
    assert (shop.shown[KITCHEN], shop.shown[OUTLET]) == (1, 0)


def test_shops_that_both_have_something_are_left_alone() -> None:
    assert not three(50, 10, 40).calls


@given(
    bought=st.lists(st.tuples(st.sampled_from([AMAZON, KITCHEN, OUTLET]), st.integers(1, 4)), max_size=30),
    seen_late=st.booleans(),
    policy=st.sampled_from([GRANTED, ADAPTIVE.model_copy(update={"last_units": 0})]),
)
def test_two_shops_and_amazon_never_sell_or_show_more_than_there_is(
    bought: list[tuple[str, int]], seen_late: bool, policy: ListingPolicy
) -> None:
    shop = three(30, 0, policy=policy)
    for name, quantity in bought:
        shop.buy(name, quantity)
        assert shop.sold + shop.exposed <= 30
        if shop.unseen and not seen_late:
            shop.see(0)
        shop.look()
        if shop.calls:
            shop.carry_out()
            shop.answer()
        assert shop.sold + shop.exposed <= 30
    shop.settle()
    assert shop.sold + sum(shop.shown.values()) <= 30
