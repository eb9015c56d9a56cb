"""Listings under control: what buyers take, what channels restore, and what the truth tells of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import perf_counter

import pytest
from pydantic import ValidationError

from orderloom.sandbox.control import ControlFailed
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.listing_truth import listed_over_time
from orderloom.sandbox.wishes import HandEdit, PutListing
from tests.sandbox.world import KITCHEN, NOON, SELLER, World, order

BOTH = pytest.mark.parametrize(("channel", "account"), [("amazon", SELLER.account), ("shopify", KITCHEN.account)])
PAN = "PAN-28"


def _place(world: World, channel: str, account: str, quantity: int) -> str:
    place = world.control.place_amazon_order if channel == "amazon" else world.control.place_shopify_order
    return place(account, order(PAN, quantity))


@BOTH
def test_a_sale_lowers_the_channel_s_own_listing_and_never_below_zero(world: World, channel: str, account: str) -> None:
    world.control.put_listing(channel, account, PutListing(sku=PAN, quantity=5))
    first = _place(world, channel, account, 3)
    _place(world, channel, account, 4)
    found = world.control.listing(channel, account, PAN)
    assert [(c.why, c.before, c.after) for c in found.changes] == [("listed", 0, 5), ("sale", 5, 2), ("sale", 2, 0)]
    assert (found.quantity, found.sold, found.sold_beyond) == (0, 7, 2)
    assert found.changes[1].reference == first


@BOTH
def test_an_order_for_what_is_not_listed_is_sold_as_ever(world: World, channel: str, account: str) -> None:
    order_id = _place(world, channel, account, 3)
    assert world.control.truth().order(order_id).lines[0].quantity == 3
    assert world.control.truth().listings == ()


@BOTH
def test_a_buyer_takes_what_is_listed_or_is_turned_away(world: World, channel: str, account: str) -> None:
    world.control.put_listing(channel, account, PutListing(sku=PAN, quantity=5))
    like = order("ANY", prime=True, label="mine")
    bought = [world.control.buy(channel, account, PAN, quantity, like=like) for quantity in (3, 4, 2)]
    assert bought[2] is None
    truth = world.control.truth()
    sold = [truth.order(order_id) for order_id in bought if order_id]
    assert [(one.label, one.lines[0].listing, one.lines[0].quantity) for one in sold] == [
        ("mine", PAN, 3),
        ("mine", PAN, 2),
    ]
    found = truth.listing(channel, account, PAN)
    assert (found.quantity, found.sold, found.sold_beyond) == (0, 5, 0)
    assert (found.turned_away_buyers, found.turned_away_units) == (1, 4)


def test_a_bought_order_is_announced_and_swept_like_any_other(world: World) -> None:
    world.control.put_listing("amazon", SELLER.account, PutListing(sku=PAN, quantity=5))
    world.control.put_listing("shopify", KITCHEN.account, PutListing(sku=PAN, quantity=5))
    order_id = world.control.buy("amazon", SELLER.account, PAN)
    shop_order = world.control.buy("shopify", KITCHEN.account, PAN)
    world.clock.advance(120)
    assert [found["orderId"] for found in world.search().json()["orders"]] == [order_id]
    sent = [d.subject for d in world.control.truth().deliveries if d.topic == "orders/create"]
    assert sent == [shop_order]


@BOTH
def test_many_buyers_at_once_never_take_more_than_is_listed(world: World, channel: str, account: str) -> None:
    world.control.put_listing(channel, account, PutListing(sku=PAN, quantity=150))
    start = perf_counter()
    with ThreadPoolExecutor(4) as buyers:
        bought = list(buyers.map(lambda _: world.control.buy(channel, account, PAN), range(200)))
    assert len({order_id for order_id in bought if order_id}) == 150
    assert world.control.listing(channel, account, PAN).turned_away_buyers == 50
    assert perf_counter() - start < 4


def test_dark_time_and_the_units_shown_are_told_over_time(world: World) -> None:
    world.control.put_listing("amazon", SELLER.account, PutListing(sku=PAN, quantity=1))
    world.control.put_listing("shopify", KITCHEN.account, PutListing(sku=PAN, quantity=4))
    world.clock.advance(10)
    world.control.buy("amazon", SELLER.account, PAN)
    world.clock.advance(25)
    world.control.hand_edit("amazon", SELLER.account, HandEdit(sku=PAN, quantity=2))
    world.clock.advance(5)
    truth = world.control.truth()
    amazon = truth.listing("amazon", SELLER.account, PAN)
    assert amazon.dark_seconds == 25
    assert [amazon.units_at(NOON + timedelta(seconds=s)) for s in (-1, 0, 9, 10, 34, 35)] == [0, 1, 1, 0, 0, 2]
    curve = [((at - NOON).total_seconds(), units) for at, units in listed_over_time(truth.listings)]
    assert curve == [(0, 1), (0, 5), (10, 4), (35, 6)]


def test_a_wrong_wish_says_what_is_wrong(world: World) -> None:
    control = world.control
    control.put_listing("amazon", SELLER.account, PutListing(sku=PAN, quantity=1))
    control.put_listing("shopify", KITCHEN.account, PutListing(sku=PAN, quantity=1))
    with pytest.raises(ControlFailed, match="'NO-SUCH' is not listed by kitchen_us"):
        control.buy("amazon", SELLER.account, "NO-SUCH")
    with pytest.raises(ControlFailed, match="'NO-SUCH' is not listed in kitchen"):
        control.listing("shopify", KITCHEN.account, "NO-SUCH")
    with pytest.raises(ControlFailed, match="does not sell in A2EUQ1WTGCTBG2"):
        control.listing("amazon", SELLER.account, PAN, "A2EUQ1WTGCTBG2")
    with pytest.raises(ControlFailed, match="no location 'Attic'"):
        control.hand_edit("shopify", KITCHEN.account, HandEdit(sku=PAN, quantity=1, location="Attic"))
    with pytest.raises(ControlFailed, match="no patch of 'PAN-28' has taken effect"):
        control.patch_again(SELLER.account, PAN)
    with pytest.raises(ControlFailed, match="denies overselling"):
        control.put_listing("amazon", SELLER.account, PutListing(sku=PAN, allows_overselling=True))
    with pytest.raises(ControlFailed, match="no Shopify account 'none'"):
        control.buy("shopify", "none", PAN)
    with pytest.raises(ValidationError, match="put the lesser one first"):
        Knobs(listing_effect_seconds=(3, 1))
    with pytest.raises(ValidationError, match="contradict each other"):
        PutListing(sku=PAN, quantity=2, locations={"Warehouse": 3})
