"""A seller in two marketplaces of a region: Amazon keeps one merchant's quantity of a seller SKU for both."""

from random import Random

from orderloom.sandbox.amazon.catalog import Catalog
from orderloom.sandbox.amazon.listings import AmazonListing, Patch
from orderloom.sandbox.clock import ManualClock
from orderloom.sandbox.knobs import Fate, Knobs
from orderloom.sandbox.listing_truth import ListingTruth, Why, listed_over_time
from tests.sandbox.world import NOON

US, CANADA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"


class Scene:
    def __init__(self) -> None:
        self.clock, self.fate = ManualClock(NOON), Fate(7)
        self.fate.turn(Knobs(listing_effect_seconds=(0, 0)))
        self.catalog = Catalog(self.clock, self.fate, Random(7))
        for marketplace in (US, CANADA):
            self.put(marketplace, 10)

    def put(self, marketplace: str, quantity: int, sku: str = "PAN", *, by_amazon: bool = False) -> None:
        now = self.clock.now()
        fresh = AmazonListing(sku, marketplace, "B0PAN", "Pan", "COOKWARE", now, now, by_amazon)
        self.catalog.put(fresh, quantity)

    def patch(self, marketplace: str, quantity: int) -> None:
        listing = self.catalog.find(marketplace, "PAN")
        now = self.clock.now()
        self.catalog.accept(listing, Patch("one", marketplace, now, quantity, keeps_the_rest=True, rest={}))

    @property
    def shown(self) -> tuple[int, int]:
        return self.catalog.find(US, "PAN").quantity, self.catalog.find(CANADA, "PAN").quantity

    def story(self, marketplace: str) -> list[tuple[Why, int, int]]:
        return [(c.why, c.before, c.after) for c in self.catalog.find(marketplace, "PAN").history.changes]


def test_a_sale_in_one_marketplace_lowers_the_other_and_its_cancellation_raises_both() -> None:
    scene = Scene()
    scene.catalog.sell("1", CANADA, "PAN", 4, by_amazon=False)
    assert scene.shown == (6, 6)
    assert [scene.catalog.find(place, "PAN").history.sold for place in (US, CANADA)] == [0, 4], "it was sold once"
    scene.catalog.give_back("1")
    assert scene.shown == (10, 10)
    assert scene.story(US)[1:] == [(Why.LISTED, 10, 10), (Why.SALE, 10, 6), (Why.CANCEL, 6, 10)]


def test_both_marketplaces_together_sell_no_more_than_there_is() -> None:
    scene = Scene()
    scene.catalog.sell("1", US, "PAN", 7, by_amazon=False)
    scene.catalog.sell("2", CANADA, "PAN", 7, by_amazon=False)
    assert scene.shown == (0, 0)
    assert scene.catalog.find(CANADA, "PAN").history.sold_beyond == 4


def test_patches_of_a_sku_take_effect_in_order_of_acceptance_whatever_their_marketplaces() -> None:
    scene = Scene()
    for marketplace, quantity, seconds in ((CANADA, 3, 60), (US, 5, 0)):
        scene.fate.turn(Knobs(listing_effect_seconds=(seconds, seconds)))
        scene.patch(marketplace, quantity)
    assert scene.shown == (10, 10)
    scene.clock.advance(60)
    assert scene.shown == (5, 5)
    assert scene.story(US)[-2:] == scene.story(CANADA)[-2:] == [(Why.PATCH, 10, 3), (Why.PATCH, 3, 5)]


def test_what_amazon_fulfils_in_a_marketplace_is_its_own_and_a_merchant_s_quantity_there_a_grave_mistake() -> None:
    scene = Scene()
    scene.put(CANADA, 8, by_amazon=True)
    scene.catalog.sell("1", CANADA, "PAN", 2, by_amazon=True)
    scene.patch(US, 3)
    assert scene.shown == (3, 6)
    assert [scene.catalog.find(place, "PAN").history.mistakes for place in (US, CANADA)] == [[], []]
    scene.patch(CANADA, 5)
    assert scene.shown == (5, 5)
    assert len(scene.catalog.find(CANADA, "PAN").history.mistakes) == 1


def test_units_that_two_marketplaces_show_count_once() -> None:
    scene = Scene()
    scene.catalog.sell("1", CANADA, "PAN", 4, by_amazon=False)
    truth = [_truth(scene.catalog.find(place, "PAN")) for place in (US, CANADA)]
    assert listed_over_time(truth)[-1] == (NOON, 6)


def _truth(listing: AmazonListing) -> ListingTruth:
    past = {"changes": tuple(listing.history.changes), "sold": 0, "sold_beyond": 0, "mistakes": ()}
    return ListingTruth(
        channel="amazon",
        account="kitchen_us",
        sku=listing.sku,
        marketplace=listing.marketplace,
        quantity=listing.quantity,
        by_channel=listing.by_amazon,
        allows_overselling=False,
        asked_at=NOON,
        turned_away_buyers=0,
        turned_away_units=0,
        **past,
    )
