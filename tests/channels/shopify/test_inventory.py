"""Reading listings: only what is ours counts, and every location and page of it."""

from datetime import UTC, datetime

import pytest

from orderloom.channels.shopify import ShopifyChannel
from orderloom.domain.errors import OutsideError, Rejected, Throttled, Unavailable
from tests.channels.servers import Answer, ScriptedServer
from tests.channels.shopify import graphql_answers as gql
from tests.channels.shopify.conftest import connect
from tests.channels.shopify.stock_answers import (
    READ,
    an_offer,
    item,
    items,
    key,
    level,
    more_levels,
    variant,
    variants,
)

OFFERS = "ReadOffers"


def test_a_page_of_variants_is_one_of_offers(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(OFFERS, variants(variant(7, level(11, 4)), cursor="c1"), variants())
    before = datetime.now(UTC)
    page = channel.listings.offers(None)
    (offer,) = page.offers
    assert (str(offer.key), offer.reference, offer.title) == ("shopify:kitchen:SKU-7", "7", "Copper pan - 28 cm")
    assert (offer.quantity, offer.places, offer.is_ours_to_write) == (4, {"11": 4}, True)
    assert before <= offer.read_at <= datetime.now(UTC)
    assert page.next_token == "c1"
    assert channel.listings.offers("c1").next_token is None
    assert [asked.json["variables"] for asked in server.asked_of(OFFERS)] == [{"after": None}, {"after": "c1"}]


def test_a_listing_is_named_as_its_order_lines_are(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(OFFERS, variants(variant(1, sku=" A/1 "), variant(2, sku=""), variant(3, sku=None)))
    assert [offer.key.listing for offer in channel.listings.offers(None).offers] == ["A/1", "variant:2", "variant:3"]


def test_what_shopify_does_not_count_at_a_location_of_ours_is_not_ours_to_write(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(
        OFFERS,
        variants(
            variant(1, level(11, 3), tracked=False),
            variant(2),
            variant(3, level(11, 3, active=False), level(12, 3, online=False)),
            variant(4, level(11, -2), inventoryPolicy="CONTINUE"),
        ),
    )
    offers = channel.listings.offers(None).offers
    assert [(o.quantity, o.places, o.is_ours_to_write) for o in offers[:3]] == [(None, {}, False)] * 3
    assert (offers[3].quantity, offers[3].denies_overselling) == (-2, False)
    assert all(offer.denies_overselling for offer in offers[:3])


def test_all_locations_that_fulfil_online_orders_count_where_none_is_named(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(OFFERS, variants(variant(1, level(112, 1), level(13, 2), level(9, 4), level(14, 8, online=False))))
    (offer,) = channel.listings.offers(None).offers
    assert (offer.quantity, list(offer.places.items())) == (7, [("9", 4), ("13", 2), ("112", 1)])


def test_only_the_locations_that_are_named_count_the_preferred_one_first(server: ScriptedServer) -> None:
    server.on(OFFERS, variants(variant(1, level(11, 1), level(12, 2), level(13, 4, online=False)), variant(2)))
    channel = connect(server, locations=("gid://shopify/Location/13", "11"))
    one, elsewhere = channel.listings.offers(None).offers
    assert (one.quantity, list(one.places.items())) == (5, [("13", 4), ("11", 1)])
    assert elsewhere.quantity is None
    channel.close()


def test_listings_are_read_by_their_inventory_items_in_one_call(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(READ, items(item(2, level(11, 5)), None, item(1, level(11, 0))))
    offers = channel.listings.read([an_offer(1), an_offer(9), an_offer(2)])
    assert [(offer.key, offer.quantity) for offer in offers] == [(key(1), 0), (key(2), 5)]
    (asked,) = server.asked
    assert asked.json["variables"] == {"ids": [f"gid://shopify/InventoryItem/{number}" for number in (1, 9, 2)]}


def test_a_listing_whose_sku_was_changed_is_no_longer_there(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(READ, items(item(1, level(11, 5), sku="RENAMED")))
    assert list(channel.listings.read([an_offer(1)])) == []


def test_a_listing_at_many_locations_is_read_to_the_end(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(READ, items(item(1, level(1, 1), level(2, 1), cursor="l")))
    server.on("MoreInventoryLevels", more_levels(level(3, 1), cursor="m"), more_levels(level(4, 1)))
    (offer,) = channel.listings.read([an_offer(1)])
    assert (offer.quantity, list(offer.places)) == (4, ["1", "2", "3", "4"])
    assert [asked.json["variables"]["after"] for asked in server.asked_of("MoreInventoryLevels")] == ["l", "m"]


def test_more_listings_than_one_call_may_cost_are_not_asked_for(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    with pytest.raises(Rejected, match="TOO_MANY_ITEMS"):
        channel.listings.read([an_offer(number) for number in range(channel.listings.reads_at_once + 1)])
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"", status=504), Unavailable),
        (Answer(lost=True), Unavailable),
        (gql.data(productVariants=None), Unavailable),
        (variants({"id": "gid://shopify/ProductVariant/1"}), Unavailable),
        (gql.error("THROTTLED"), Throttled),
        (gql.error("MAX_COST_EXCEEDED"), Rejected),
    ],
)
def test_no_failure_passes_for_an_empty_shop(
    channel: ShopifyChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(OFFERS, answer)
    with pytest.raises(OutsideError) as caught:
        channel.listings.offers(None)
    assert type(caught.value) is error
