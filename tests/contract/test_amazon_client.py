"""Amazon's own client (`amzn-sp-api`) against the sandbox: it must be able to read every answer."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from spapi import SPAPIClient, SPAPIConfig
from spapi.api.fba_inventory_v1.fba_inventory_api import FbaInventoryApi
from spapi.api.listings_items_v2021_08_01.listings_api import ListingsApi
from spapi.api.orders_v0.orders_v0_api import OrdersV0Api
from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi
from spapi.models.listings_items_v2021_08_01.listings_item_patch_request import ListingsItemPatchRequest
from spapi.models.listings_items_v2021_08_01.patch_operation import PatchOperation
from spapi.models.orders_v0 import ConfirmShipmentRequest, PackageDetail
from spapi.models.orders_v0.confirm_shipment_order_item import ConfirmShipmentOrderItem
from spapi.rest import ApiException

from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.wishes import PutListing
from tests.sandbox.world import ALL_DATA, MARKETPLACE, SELLER, World, order

ACCOUNT = SELLER.account
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def client(world: World) -> Iterator[Any]:
    config = SPAPIConfig(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token, region="NA")
    url = world.sandbox.url
    client = SPAPIClient(config, oauth_endpoint=f"{url}/auth/o2/token", endpoint=url).api_client
    yield client
    client.rest_client.pool_manager.clear()


def _package(item: str, reference: str, units: int = 1) -> Any:
    detail = PackageDetail(
        package_reference_id=reference,
        carrier_code="UPS",
        tracking_number=f"1Z{reference}",
        ship_date=datetime(2026, 11, 23, 12, tzinfo=UTC),
        order_items=[ConfirmShipmentOrderItem(order_item_id=item, quantity=units)],
    )
    return ConfirmShipmentRequest(package_detail=detail, marketplace_id=MARKETPLACE)


def test_it_searches_through_all_pages(world: World, client: Any) -> None:
    placed = {world.control.place_amazon_order(ACCOUNT, order()) for _ in range(3)}
    world.clock.advance(120)
    search = SearchOrdersApi(client)
    asked = {"last_updated_after": SINCE, "marketplace_ids": [MARKETPLACE], "max_results_per_page": 2}
    first = search.search_orders(**asked, included_data=ALL_DATA.split(","))
    second = search.search_orders(**asked, pagination_token=first.pagination.next_token)
    assert {found.order_id for found in (*first.orders, *second.orders)} == placed
    assert first.last_updated_before == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert second.pagination is None


def test_it_reads_every_part_of_an_order(world: World, client: Any) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order(quantity=2, prime=True, with_note=True))
    world.control.cancel_amazon_order(ACCOUNT, order_id, request_only=True)
    found = GetOrderApi(client).get_order(order_id, included_data=ALL_DATA.split(",")).order
    assert found.order_id == order_id
    assert found.programs == ["PRIME"]
    assert found.fulfillment.fulfillment_status == "UNSHIPPED"
    assert found.proceeds.grand_total.amount == "40.00"
    assert found.recipient.delivery_address.country_code == "US"
    (item,) = found.order_items
    assert (item.product.seller_sku, item.quantity_ordered) == ("PAN-28", 2)
    assert item.fulfillment.quantity_unfulfilled == 2
    assert item.fulfillment.packing.gift_option.gift_message.startswith("Much love")
    assert item.cancellation.cancellation_request.requester == "BUYER"


def test_it_confirms_packages_and_reads_them_back(world: World, client: Any) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order(quantity=2))
    item = world.control.truth().order(order_id).lines[0].line_id
    confirm = OrdersV0Api(client).confirm_shipment_with_http_info
    for reference in ("1", "2"):
        _, status, headers = confirm(order_id, _package(item, reference))
        assert status == 204
        assert headers["x-amzn-RateLimit-Limit"] == "2"
    found = GetOrderApi(client).get_order(order_id, included_data=["PACKAGES", "FULFILLMENT"]).order
    assert [package.tracking_number for package in found.packages] == ["1Z1", "1Z2"]
    assert found.fulfillment.fulfillment_status == "SHIPPED"


def test_it_is_told_why_a_confirmation_was_refused(world: World, client: Any) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order(fulfilled_by="amazon"))
    item = world.control.truth().order(order_id).lines[0].line_id
    with pytest.raises(ApiException) as refused:
        OrdersV0Api(client).confirm_shipment(order_id, _package(item, "1"))
    assert refused.value.status == 400
    assert "InvalidInput" in refused.value.body


def test_it_patches_a_listing_and_reads_and_finds_it(world: World, client: Any) -> None:
    world.control.set_knobs(Knobs(listing_effect_seconds=(0, 0)))
    for sku in ("PAN 28/blue", "POT-1"):
        world.control.put_listing("amazon", ACCOUNT, PutListing(sku=sku, quantity=9))
    listings, included = ListingsApi(client), ["summaries", "fulfillmentAvailability"]
    value = [{"fulfillment_channel_code": "DEFAULT", "quantity": 4}]
    patch = PatchOperation(op="merge", path="/attributes/fulfillment_availability", value=value)
    body = ListingsItemPatchRequest(product_type="PRODUCT", patches=[patch])
    submitted = listings.patch_listings_item(SELLER.seller_id, "PAN 28/blue", [MARKETPLACE], body)
    assert (submitted.status, submitted.issues) == ("ACCEPTED", [])
    found = listings.get_listings_item(SELLER.seller_id, "PAN 28/blue", [MARKETPLACE], included_data=included)
    assert (found.summaries[0].product_type, found.fulfillment_availability[0].quantity) == ("COOKWARE", 4)
    paging = {"included_data": included, "sort_by": "sku", "sort_order": "ASC", "page_size": 1}
    first = listings.search_listings_items(SELLER.seller_id, [MARKETPLACE], **paging)
    token = first.pagination.next_token
    second = listings.search_listings_items(SELLER.seller_id, [MARKETPLACE], **paging, page_token=token)
    assert [(one.items[0].sku, one.number_of_results) for one in (first, second)] == [("PAN 28/blue", 2), ("POT-1", 2)]


def test_it_reads_the_stock_in_amazon_s_warehouses(world: World, client: Any) -> None:
    world.control.put_listing("amazon", ACCOUNT, PutListing(sku="PAN-28", quantity=9, fulfilled_by="amazon"))
    world.control.buy("amazon", ACCOUNT, "PAN-28", 2)
    answer = FbaInventoryApi(client).get_inventory_summaries(
        "Marketplace", MARKETPLACE, [MARKETPLACE], details=True, seller_skus=["PAN-28"]
    )
    (summary,) = answer.payload.inventory_summaries
    details = summary.inventory_details
    assert (details.fulfillable_quantity, details.reserved_quantity.pending_customer_order_quantity) == (7, 2)
