"""Units that move from one channel to the other, on the whole stack: webhooks, sweep, ledger, publishers, channels."""

from orderloom.domain.stock import SkuMaster, StockCount
from starter.bench.live.shelf import Shelf
from tests.e2e.kitchen import LISTED, Kitchen, until

STOCK = 14


def test_a_channel_that_has_sold_its_part_is_given_units_of_the_other_and_none_is_sold_twice(kitchen: Kitchen) -> None:
    shelf = Shelf.of(kitchen.control, kitchen.stack.config, LISTED)

    def listed() -> dict[str, int]:
        return {one.channel: one.quantity for one in shelf.listings()}

    kitchen.store.catalog.import_skus([SkuMaster(sku=LISTED, weight_grams=400)])
    kitchen.store.ledger.set_count(StockCount(sku=LISTED, node="own_warehouse", on_hand=STOCK), "test", "count")
    until(lambda: sum(listed().values()) == STOCK and min(listed().values()) > 0, "both channels list a part")
    at_amazon, in_the_shop = listed()["amazon"], listed()["shopify"]
    sold = [shelf.buy("amazon") for _ in range(at_amazon)]
    assert sold == [True] * at_amazon
    assert not shelf.buy("amazon"), "it has sold all that it was given"
    until(lambda: listed()["amazon"] > 0, "Amazon is refilled")
    until(lambda: sum(listed().values()) == STOCK - at_amazon, "every unit that is left is listed")
    assert listed()["shopify"] < in_the_shop, "what Amazon got was taken from the shop"
    while any([shelf.buy("amazon"), shelf.buy("shopify")]):
        assert sum(one.sold for one in shelf.listings()) <= STOCK
    assert kitchen.store.ledger.verify().is_balanced
