"""Listings Items and FBA Inventory as the sandbox plays them."""

from typing import Any

from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.wishes import FbaWish, HandEdit, PutListing
from tests.sandbox.world import MARKETPLACE, SELLER, World, order

ACCOUNT = SELLER.account
PAN = "PAN-28/blue"
OUTBOUND = "/fba/outbound/2020-07-01/fulfillmentOrders"


def _list(world: World, quantity: int = 10, sku: str = PAN, **more: Any) -> None:
    world.control.put_listing("amazon", ACCOUNT, PutListing(sku=sku, quantity=quantity, **more))


def _shown(world: World, sku: str = PAN) -> int:
    (availability,) = world.listing(sku).raise_for_status().json()["fulfillmentAvailability"]
    assert availability["fulfillmentChannelCode"] == "DEFAULT"
    shown: int = availability["quantity"]
    return shown


def _effect_after(world: World, least: float, most: float) -> None:
    world.control.set_knobs(Knobs(listing_effect_seconds=(least, most)))


def test_a_patch_is_accepted_and_takes_effect_some_time_later(world: World) -> None:
    _list(world)
    _effect_after(world, 5, 120)
    answer = world.patch_listing(PAN, 4).raise_for_status().json()
    assert (answer["status"], answer["issues"], answer["sku"]) == ("ACCEPTED", [], PAN)
    world.clock.advance(4)
    assert _shown(world) == 10
    world.clock.advance(117)
    assert _shown(world) == 4
    change = world.control.listing("amazon", ACCOUNT, PAN).changes[-1]
    assert (change.why, change.before, change.after, change.reference) == ("patch", 10, 4, answer["submissionId"])


def test_patches_of_a_listing_take_effect_in_order_of_acceptance(world: World) -> None:
    _list(world)
    for quantity, seconds in ((1, 60), (2, 0), (3, 30)):
        _effect_after(world, seconds, seconds)
        world.patch_listing(PAN, quantity)
    assert _shown(world) == 10
    world.clock.advance(60)
    assert _shown(world) == 3
    assert [change.after for change in world.control.listing("amazon", ACCOUNT, PAN).changes] == [10, 1, 2, 3]


def test_a_sale_between_acceptance_and_effect_is_written_over(world: World) -> None:
    _list(world)
    _effect_after(world, 5, 5)
    world.patch_listing(PAN, 10)
    world.control.place_amazon_order(ACCOUNT, order(PAN, quantity=3))
    assert _shown(world) == 7
    world.clock.advance(5)
    assert _shown(world) == 10


def test_merge_keeps_the_lead_time_and_replace_resets_it(world: World) -> None:
    _list(world, lead_time_days=3)
    _effect_after(world, 0, 0)
    world.patch_listing(PAN, 4)
    row = {"fulfillment_channel_code": "DEFAULT", "quantity": 4}
    assert world.listing(PAN, "attributes").json()["attributes"]["fulfillment_availability"] == [
        row | {"lead_time_to_ship_max_days": 3}
    ]
    world.patch_listing(PAN, 4, op="replace")
    assert world.listing(PAN, "attributes").json()["attributes"]["fulfillment_availability"] == [row]


def test_what_amazon_refuses_is_a_200_with_its_issue(world: World) -> None:
    _list(world)
    _effect_after(world, 0, 0)
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"quantity": -1}, "quantity"),
        ({"quantity": "7"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"quantity": 1, "value": [{"quantity": 1}]}, "fulfillment_channel_code"),
        ({"quantity": 1, "value": [{"fulfillment_channel_code": "", "quantity": 1}]}, "fulfillment_channel_code"),
        ({"quantity": 1, "value": []}, "fulfillment_availability"),
        ({"quantity": 1, "path": "/attributes/plumage"}, "plumage"),
        ({"quantity": 1, "product_type": "LUGGAGE"}, "productType"),
        ({"quantity": 1, "op": "delete"}, "fulfillment_availability"),
    )
    for change, attribute in cases:
        world.clock.advance(1)
        answer = world.patch_listing(PAN, **change)
        assert (answer.status_code, answer.json()["status"]) == (200, "INVALID")
        (issue,) = answer.json()["issues"]
        assert (issue["severity"], issue["attributeNames"]) == ("ERROR", [attribute])
    assert _shown(world) == 10


def test_a_preview_says_valid_and_does_nothing(world: World) -> None:
    _list(world)
    _effect_after(world, 0, 0)
    assert world.patch_listing(PAN, 4, mode="VALIDATION_PREVIEW").json()["status"] == "VALID"
    assert world.patch_listing(PAN, -4, mode="VALIDATION_PREVIEW").json()["status"] == "INVALID"
    assert _shown(world) == 10


def test_an_unknown_sku_is_a_404_and_another_seller_a_403(world: World) -> None:
    _list(world)
    assert world.listing("NO-SUCH").status_code == 404
    assert world.patch_listing("NO-SUCH", 1).status_code == 404
    assert world.amazon("GET", "/listings/2021-08-01/items/OTHER", params={}).status_code == 403
    assert world.amazon("PATCH", "/listings/2021-08-01/items/A3TEST/X", content=b"{").status_code == 400


def test_a_merchant_s_quantity_takes_a_listing_away_from_amazon_and_is_called_a_grave_mistake(world: World) -> None:
    _list(world, 8, fulfilled_by="amazon")
    assert world.listing(PAN).json()["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "AMAZON_NA"}]
    assert world.control.truth().grave_mistakes == ()
    _effect_after(world, 0, 0)
    world.patch_listing(PAN, 5)
    assert _shown(world) == 5
    (mistake,) = world.control.truth().grave_mistakes
    assert PAN in mistake


def test_searching_by_skus_and_paging_through_all_finds_the_same(world: World) -> None:
    skus = [f"POT-{number:02}" for number in range(25)]
    for sku in skus:
        _list(world, 3, sku)
    asked = {"sortBy": "sku", "sortOrder": "ASC", "pageSize": 20}
    first = world.search_listings(**asked).json()
    second = world.search_listings(**asked, pageToken=first["pagination"]["nextToken"]).json()
    assert [item["sku"] for item in first["items"] + second["items"]] == skus
    assert first["numberOfResults"] == 25
    assert "pagination" not in second
    named = world.search_listings(identifiers="POT-03,POT-07,NO-SUCH", identifiersType="SKU").json()
    assert {item["sku"] for item in named["items"]} == {"POT-03", "POT-07"}
    world.clock.advance(60)
    for wrong in (
        {"identifiers": "POT-03"},
        {"identifiers": ",".join(skus), "identifiersType": "SKU"},
        {"pageSize": 21},
        {"pageToken": "none"},
        {"withStatus": "BUYABLE"},
    ):
        world.clock.advance(1)
        assert world.search_listings(**wrong).status_code == 400


def test_each_operation_has_its_published_limit(world: World) -> None:
    _list(world)
    assert [world.listing(PAN).status_code for _ in range(11)] == [200] * 10 + [429]
    assert [world.search_listings().status_code for _ in range(6)] == [200] * 5 + [429]
    assert [world.patch_listing(PAN, 1).status_code for _ in range(6)] == [200] * 5 + [429]
    assert [world.fba().status_code for _ in range(3)] == [200] * 2 + [429]


def test_a_patch_whose_answer_is_lost_was_accepted(world: World) -> None:
    _list(world)
    faults = {"amazon.patchListingsItem": Faults(lost_answer_rate=1.0, lost_answer_as="504")}
    world.control.set_knobs(Knobs(faults=faults, listing_effect_seconds=(0, 0)))
    assert world.patch_listing(PAN, 4).status_code == 504
    assert _shown(world) == 4


def test_a_cancellation_adds_the_units_to_whatever_amazon_shows_by_then(world: World) -> None:
    _list(world)
    _effect_after(world, 0, 0)
    sold = world.control.place_amazon_order(ACCOUNT, order(PAN, quantity=3))
    world.patch_listing(PAN, 20)
    assert world.control.cancel_amazon_order(ACCOUNT, sold)
    assert _shown(world) == 23


def test_an_old_patch_can_take_effect_again_late(world: World) -> None:
    _list(world)
    _effect_after(world, 0, 0)
    old = world.patch_listing(PAN, 9).json()["submissionId"]
    world.patch_listing(PAN, 0)
    again = world.control.patch_again(ACCOUNT, PAN, old)
    assert (again.quantity, again.changes[-1].why, again.changes[-1].reference) == (9, "late_patch", old)


def test_an_fba_sale_reserves_until_it_ships_or_is_cancelled(world: World) -> None:
    _list(world, 8, fulfilled_by="amazon")

    def details() -> tuple[int, int, int]:
        world.clock.advance(1)
        (summary,) = world.fba().json()["payload"]["inventorySummaries"]
        inner = summary["inventoryDetails"]
        reserved = inner["reservedQuantity"]["pendingCustomerOrderQuantity"]
        return inner["fulfillableQuantity"], reserved, summary["totalQuantity"]

    assert details() == (8, 0, 8)
    first = world.control.buy("amazon", ACCOUNT, PAN, 2)
    second = world.control.place_amazon_order(ACCOUNT, order(PAN, fulfilled_by="amazon"))
    assert first is not None
    assert details() == (5, 3, 8)
    world.control.ship_by_amazon(ACCOUNT, first)
    assert details() == (5, 1, 6)
    world.control.cancel_amazon_order(ACCOUNT, second)
    assert details() == (6, 0, 6)
    world.control.place_amazon_order(ACCOUNT, order(PAN))
    assert details() == (6, 0, 6)


def test_an_outbound_order_reserves_amazon_s_stock_until_it_ships_or_is_cancelled(world: World) -> None:
    world.control.set_fba_stock(ACCOUNT, FbaWish(sku=PAN, fulfillable=9))

    def create(name: str, units: int) -> None:
        address = {"name": "X", "addressLine1": "1 Row", "postalCode": "97210", "countryCode": "US"}
        body = {
            "sellerFulfillmentOrderId": name,
            "displayableOrderId": name,
            "displayableOrderDate": "2026-11-23T12:00:00Z",
            "displayableOrderComment": "Thanks",
            "shippingSpeedCategory": "Standard",
            "destinationAddress": address,
            "items": [{"sellerSku": PAN, "sellerFulfillmentOrderItemId": "1", "quantity": units}],
        }
        world.amazon("POST", OUTBOUND, json=body).raise_for_status()

    def counted() -> tuple[int, int]:
        (summary,) = world.fba().json()["payload"]["inventorySummaries"]
        details = summary["inventoryDetails"]
        return details["fulfillableQuantity"], details["reservedQuantity"]["totalReservedQuantity"]

    create("kept", 2)
    create("cancelled", 3)
    assert counted() == (4, 5)
    world.amazon("PUT", f"{OUTBOUND}/cancelled/cancel").raise_for_status()
    assert counted() == (7, 2)
    world.clock.advance(2)
    assert counted() == (7, 0)


def test_fba_stock_comes_in_pages_whose_token_lives_for_30_seconds(world: World) -> None:
    for number in range(51):
        world.control.set_fba_stock(ACCOUNT, FbaWish(sku=f"FBA-{number:02}", fulfillable=number, inbound=2))
    first = world.fba().json()
    assert len(first["payload"]["inventorySummaries"]) == 50
    token = first["pagination"]["nextToken"]
    (last,) = world.fba(nextToken=token).json()["payload"]["inventorySummaries"]
    assert (last["sellerSku"], last["totalQuantity"]) == ("FBA-50", 52)
    world.clock.advance(30)
    assert world.fba(nextToken=token).status_code == 400
    world.clock.advance(5)
    named = world.fba(sellerSkus="FBA-01,FBA-02", details="false").json()["payload"]["inventorySummaries"]
    assert [("inventoryDetails" in one, one["sellerSku"]) for one in named] == [(False, "FBA-01"), (False, "FBA-02")]


def test_a_wrong_question_about_fba_stock_is_a_400(world: World) -> None:
    for wrong in (
        {"marketplaceIds": f"{MARKETPLACE},A2EUQ1WTGCTBG2"},
        {"granularityType": "Country"},
        {"granularityId": "A2EUQ1WTGCTBG2"},
        {"sellerSkus": ",".join(f"S{n}" for n in range(51))},
        {"startDateTime": "2024-01-01T00:00:00Z"},
    ):
        world.clock.advance(1)
        assert world.fba(**wrong).status_code == 400


def test_a_hand_edit_shows_at_once(world: World) -> None:
    _list(world)
    world.control.hand_edit("amazon", ACCOUNT, HandEdit(sku=PAN, quantity=2))
    assert _shown(world) == 2
