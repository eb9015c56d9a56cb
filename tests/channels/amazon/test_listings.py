"""Reading listings: every one is found and named, and what Amazon fulfils is never taken for the merchant's."""

from datetime import UTC, datetime

import pytest

from orderloom.channels.amazon import AmazonChannel
from orderloom.domain.errors import OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.listing.offers import Offer
from tests.channels.amazon.listing_answers import (
    BY_AMAZON,
    CANADA,
    ITEM,
    ITEMS,
    US,
    an_offer,
    found,
    item,
    merchant,
)
from tests.channels.amazon.test_client import refused
from tests.channels.servers import Answer, ScriptedServer


def everything(channel: AmazonChannel) -> list[Offer]:
    page = channel.listings.offers(None)
    offers = list(page.offers)
    while page.next_token:
        page = channel.listings.offers(page.next_token)
        offers += page.offers
    return offers


def test_a_page_asks_for_what_it_reads_in_an_order_that_our_writes_do_not_change(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(ITEMS, found(item("PAN-28", merchant(12))))
    before = datetime.now(UTC)
    (offer,) = channel.listings.offers(None).offers
    (asked,) = server.asked_of(ITEMS)
    assert (asked.method, asked.path) == ("GET", ITEMS)
    assert asked.query == {
        "marketplaceIds": [US],
        "includedData": ["summaries,fulfillmentAvailability"],
        "pageSize": ["20"],
        "sortBy": ["createdDate"],
        "sortOrder": ["ASC"],
    }
    assert (str(offer.key), offer.reference, offer.title) == ("amazon:kitchen_us:PAN-28", "COOKWARE", "Copper pan")
    assert (offer.quantity, offer.is_ours_to_write) == (12, True)
    assert before <= offer.read_at <= datetime.now(UTC)


def test_only_the_merchants_own_quantity_counts(channel: AmazonChannel, server: ScriptedServer) -> None:
    items = [
        item("MFN", merchant(3)),
        item("FBA", BY_AMAZON | {"quantity": 40}),
        item("BOTH", BY_AMAZON, merchant(2)),
        item("UNSET", merchant(None)),
        item("NOWHERE"),
        item("STORE", {"fulfillmentChannelCode": "store-7", "quantity": 5}),
    ]
    server.on(ITEMS, found(*items))
    offers = channel.listings.offers(None).offers
    told = {o.key.listing: (o.quantity, o.fulfilled_by_channel, o.is_ours_to_write) for o in offers}
    assert told == {
        "MFN": (3, False, True),
        "FBA": (None, True, False),
        "BOTH": (2, False, True),
        "UNSET": (None, False, False),
        "NOWHERE": (None, False, False),
        "STORE": (None, False, False),
    }


def test_a_listing_without_a_product_type_is_an_offer_of_anothers_product(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    bare = {"sku": "BARE", "fulfillmentAvailability": [merchant(1)]}
    server.on(ITEMS, found(item("NONE", merchant(1), productType=None), bare))
    assert [offer.reference for offer in channel.listings.offers(None).offers] == ["PRODUCT", "PRODUCT"]


def test_each_seller_sku_of_all_marketplaces_is_read_once_and_its_reference_says_where(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    abroad = {"marketplace": CANADA}
    server.on(
        ITEMS,
        found(item("A", merchant(1)), next_token="second"),
        found(item("B", merchant(2))),
        found(item("C", merchant(3), **abroad), item("A", merchant(1), **abroad), item("D", BY_AMAZON, **abroad)),
        found(item("A", merchant(1))),
    )
    offers = everything(channel)
    assert [(o.key.listing, o.reference) for o in offers] == [
        ("A", "COOKWARE"),
        ("B", "COOKWARE"),
        ("C", f"COOKWARE@{CANADA}"),
        ("D", f"@{CANADA}"),
    ]
    first, second, third, listed_before = (asked.query for asked in server.asked_of(ITEMS))
    assert second == {**first, "pageToken": ["second"]}
    assert third == {**first, "marketplaceIds": [CANADA]}
    assert (listed_before["marketplaceIds"], listed_before["identifiers"]) == ([US], ["C,A,D"])


def test_more_listings_than_amazon_pages_through_are_found_by_their_time_of_creation(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    last = item("B", merchant(1), createdDate="2026-02-01T08:00:00.250Z")
    server.on(
        ITEMS,
        found(item("A", merchant(1)), results=1400, next_token="t"),
        found(last, results=1400),
        found(last, item("C", merchant(1)), results=401),
        found(results=0),
    )
    assert [offer.key.listing for offer in everything(channel)] == ["A", "B", "B", "C"]
    assert [asked.query.get("createdAfter") for asked in server.asked_of(ITEMS)] == [
        None,
        None,
        ["2026-02-01T08:00:00.250Z"],
        None,
    ]


def test_a_thousand_listings_of_one_moment_are_said_not_to_be_readable(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(ITEMS, found(item("A", merchant(1)), results=1000))
    with pytest.raises(Unavailable, match="over 1000 listings"):
        everything(channel)
    assert len(server.asked_of(ITEMS)) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"", status=503), Unavailable),
        (Answer({}), Unavailable),
        (Answer({"numberOfResults": 1, "items": [{"sku": ""}]}), Unavailable),
        (found(item("A", {"fulfillmentChannelCode": "DEFAULT", "quantity": -1})), Unavailable),
        (Answer(lost=True), Unavailable),
        (refused(429, "QuotaExceeded"), Throttled),
        (refused(400, "InvalidInput"), Rejected),
    ],
)
def test_no_failure_passes_for_an_empty_page(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(ITEMS, answer)
    with pytest.raises(OutsideError) as caught:
        channel.listings.offers(None)
    assert type(caught.value) is error


def test_several_listings_are_read_in_one_search(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ITEMS, found(item("B/2", merchant(4)), item("ä b", merchant(5)), item("C", merchant(9))))
    offers = channel.listings.read([an_offer("ä b"), an_offer("C"), an_offer("B/2")])
    assert [(offer.key.listing, offer.quantity) for offer in offers] == [("ä b", 5), ("C", 9), ("B/2", 4)]
    (asked,) = server.asked_of(ITEMS)
    assert asked.query["identifiers"] == ["ä b,C,B/2"]
    assert (asked.query["identifiersType"], asked.query["pageSize"]) == (["SKU"], ["20"])


@pytest.mark.parametrize(
    ("sku", "path"),
    [("PAN-28", "PAN-28"), ("a/b c", "a%2Fb%20c"), ("Größe 3%", "Gr%C3%B6%C3%9Fe%203%25"), ("x,y?", "x%2Cy%3F")],
)
def test_one_listing_is_read_by_a_call_of_its_own_whatever_its_name(
    channel: AmazonChannel, server: ScriptedServer, sku: str, path: str
) -> None:
    server.on(ITEM, Answer(item(sku, merchant(6))))
    (offer,) = channel.listings.read([an_offer(sku)])
    (asked,) = server.asked_of(ITEMS)
    assert asked.path == ITEM + path
    assert asked.query == {"marketplaceIds": [US], "includedData": ["summaries,fulfillmentAvailability"]}
    assert (offer.key.listing, offer.quantity) == (sku, 6)


def test_a_sku_with_a_comma_is_read_apart_from_the_others(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ITEM, Answer(item("x,y", merchant(1))))
    server.on(ITEMS, found(item("A", merchant(2)), item("B", merchant(3))))
    offers = channel.listings.read([an_offer("A"), an_offer("x,y"), an_offer("B")])
    assert [(offer.key.listing, offer.quantity) for offer in offers] == [("A", 2), ("x,y", 1), ("B", 3)]
    assert server.asked_of(ITEMS)[-1].query["identifiers"] == ["A,B"]


def test_a_listing_is_read_in_its_own_marketplace(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ITEM, Answer(item("PAN-28", merchant(6), marketplace=CANADA)))
    (offer,) = channel.listings.read([an_offer(reference=f"COOKWARE@{CANADA}")])
    assert server.asked_of(ITEM)[0].query["marketplaceIds"] == [CANADA]
    assert offer.reference == f"COOKWARE@{CANADA}"


def test_a_listing_that_is_gone_from_its_marketplace_is_read_in_another_that_sells_the_same_units(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(ITEM, refused(404, "NOT_FOUND"), Answer(item("PAN-28", merchant(6), marketplace=CANADA)))
    (offer,) = channel.listings.read([an_offer()])
    assert (offer.key, offer.quantity, offer.reference) == (an_offer().key, 6, f"COOKWARE@{CANADA}")
    assert [asked.query["marketplaceIds"] for asked in server.asked_of(ITEM)] == [[US], [CANADA]]


def test_a_listing_that_is_gone_everywhere_is_left_out_and_any_other_refusal_is_told(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(ITEM, refused(404, "NOT_FOUND"), refused(404, "NOT_FOUND"), refused(400, "INVALID_INPUT"))
    assert list(channel.listings.read([an_offer()])) == []
    with pytest.raises(Rejected):
        channel.listings.read([an_offer()])


def test_more_listings_than_a_search_may_name_are_not_asked_for(channel: AmazonChannel, server: ScriptedServer) -> None:
    with pytest.raises(Rejected, match="TOO_MANY_SKUS"):
        channel.listings.read([an_offer(str(n)) for n in range(channel.listings.reads_at_once + 1)])
    assert server.asked == []
