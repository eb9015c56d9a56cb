"""A buyer cancels, Amazon lists the unit again, and a figure shows it while a write of ours is still to land."""

from tests.domain.listing.pools import ADAPTIVE, GRANTED, Shop, listing, pool

AMAZON, SHOPIFY = "amazon-main", "shopify-one"


def refilling_over_a_restocked_unit() -> Shop:
    """A drained listing got a unit back that we heard of while the zero settled; then a refill was sent to it."""
    shop = Shop(pool(51, listing(AMAZON, 51, 51, share=0.15), listing(SHOPIFY, share=0.85), gap=2), GRANTED)
    shop.pass_time(0.1)
    shop.buy(AMAZON)
    shop.pass_time(31)
    shop.read(AMAZON)
    shop.cancel(0)
    shop.pass_time(31)
    assert (shop.shown[AMAZON], [(name, units > 1) for name, units, _ in shop.patches]) == (1, [(AMAZON, True)])
    return shop


def listed_or_sold(shop: Shop) -> int:
    """Units on Amazon that the invariant bounds: shown, or sold by orders that are not seen yet."""
    unseen = sum(sale.quantity for sale in shop.unseen)
    return shop.shown[AMAZON] + unseen


def test_a_restocked_unit_that_looks_like_a_refill_frees_nothing_while_the_refill_is_in_flight() -> None:
    shop = refilling_over_a_restocked_unit()
    for _ in range(2):
        shop.read(AMAZON)
    shop.pass_time(0.1)
    shop.buy(AMAZON)
    for _ in range(40):
        shop.pass_time(2)
        shop.read(AMAZON)
        assert listed_or_sold(shop) <= shop.state.listings[AMAZON].rights
    assert shop.shown[AMAZON] > 1
    shop.settle()
    assert shop.state.granted == shop.state.available == shop.stock - shop.sold
    assert not shop.noticed


def test_a_restocked_unit_that_is_sold_looks_like_a_refill_and_frees_nothing() -> None:
    shop = refilling_over_a_restocked_unit()
    shop.pass_time(1)
    shop.buy(AMAZON)
    shop.see(0)
    shop.read(AMAZON)
    for _ in range(40):
        shop.pass_time(2)
        shop.read(AMAZON)
        assert listed_or_sold(shop) <= shop.state.listings[AMAZON].rights
    shop.settle()
    assert not shop.noticed


def test_what_sells_after_a_restocked_unit_looked_like_a_top_up_is_not_freed_with_the_rest() -> None:
    """The old ten units go on selling until the top-up lands: only what it erased may come free."""
    shop = Shop(pool(2010, listing(AMAZON, 10, 10), listing(SHOPIFY, 2000, 2000), gap=1), ADAPTIVE)
    shop.pass_time(1)
    shop.answer()
    assert [units > 10 for _, units, _ in shop.patches] == [True]
    shop.edit(AMAZON, 1)
    assert shop.state.listings[AMAZON].pending is None
    shop.pass_time(1)
    shop.buy(AMAZON, 6)
    for _ in range(60):
        shop.pass_time(2)
        assert listed_or_sold(shop) <= shop.state.listings[AMAZON].rights
