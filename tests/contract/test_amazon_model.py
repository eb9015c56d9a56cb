"""Every kind of answer of the sandbox's Amazon side against Amazon's own OpenAPI models."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]

from orderloom.sandbox.amazon.routes import PUBLISHED_LIMITS
from orderloom.sandbox.amazon.search import STATUSES
from orderloom.sandbox.knobs import Faults, Knobs
from tests.sandbox.world import ALL_DATA, SELLER, World, order, package

ACCOUNT = SELLER.account
REPORTS = ("createReport", "getReport", "getReports", "getReportDocument")
"""No contract of theirs is in ../shared; python-amazon-sp-api judges them."""
Check = Callable[[Any, str], None]


@cache
def _model(path: Path) -> dict[str, Any]:
    """The model with every object closed, so that a key which Amazon does not have is an error."""
    model: dict[str, Any] = json.loads(path.read_text())
    for definition in model["definitions"].values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    return model


def _checker(path: Path) -> Check:
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(lambda text: bool(datetime.fromisoformat(text).tzinfo))

    def check(document: Any, name: str) -> None:
        schema = {"$ref": f"#/definitions/{name}", "definitions": _model(path)["definitions"]}
        errors = Draft4Validator(schema, format_checker=formats).iter_errors(document)
        assert [f"{error.json_path}: {error.message}" for error in errors] == []

    return check


@pytest.fixture
def orders(shared: Path) -> Check:
    return _checker(shared / "contracts/spapi/orders_2026-01-01.json")


@pytest.fixture
def orders_v0(shared: Path) -> Check:
    return _checker(shared / "contracts/spapi/ordersV0.json")


def _items(world: World, order_id: str) -> dict[str, int]:
    return {line.line_id: line.quantity for line in world.control.truth().order(order_id).lines}


def _one_of_each(world: World) -> None:
    place = world.control.place_amazon_order
    place(ACCOUNT, order(pending=True))
    place(ACCOUNT, order(prime=True, business=True, with_note=True, programs=("PREMIUM",)))
    place(ACCOUNT, order(has_address=False, channel_name="NON_AMAZON"))
    world.control.ship_by_amazon(ACCOUNT, place(ACCOUNT, order(fulfilled_by="amazon")))
    world.control.cancel_amazon_order(ACCOUNT, place(ACCOUNT, order()))
    world.control.cancel_amazon_order(ACCOUNT, place(ACCOUNT, order()), request_only=True)
    shipped, partly = place(ACCOUNT, order()), place(ACCOUNT, order(quantity=2))
    world.confirm(shipped, package(_items(world, shipped), shippingMethod="Ground"))
    world.confirm(partly, package(dict.fromkeys(_items(world, partly), 1)))


def test_orders_of_every_kind_are_written_as_the_model_says(world: World, orders: Check) -> None:
    _one_of_each(world)
    world.clock.advance(120)
    page = world.search(includedData=ALL_DATA, maxResultsPerPage=5).json()
    rest = world.search(includedData=ALL_DATA, paginationToken=page["pagination"]["nextToken"]).json()
    found = page["orders"] + rest["orders"]
    statuses = {order["fulfillment"]["fulfillmentStatus"] for order in found}
    assert statuses == {"PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"}
    for answer in (page, rest, world.search().json()):
        orders(answer, "SearchOrdersResponse")
    for document in found:
        orders({"order": world.get_order(document["orderId"])}, "GetOrderResponse")


def test_refusals_are_written_as_the_model_says(world: World, orders: Check, orders_v0: Check) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order())
    orders(world.search(lastUpdatedAfter=None).json(), "ErrorList")
    orders(world.http.get("/orders/2026-01-01/orders").json(), "ErrorList")
    orders(world.amazon("GET", "/orders/2026-01-01/orders/none").json(), "ErrorList")
    orders_v0(world.confirm(order_id, package({})).json(), "ConfirmShipmentErrorResponse")
    world.control.set_knobs(Knobs(faults={"amazon": Faults(throttle_rate=1.0)}))
    orders(world.search().json(), "ErrorList")
    orders_v0(world.confirm(order_id, package({})).json(), "ConfirmShipmentErrorResponse")


def test_the_confirmation_that_the_tests_send_is_one_of_the_model(orders_v0: Check) -> None:
    body = {"marketplaceId": "ATVPDKIKX0DER", "packageDetail": package({"1": 1}, shippingMethod="Ground")}
    orders_v0(body, "ConfirmShipmentRequest")


def test_the_check_notices_a_key_that_amazon_does_not_have(orders: Check) -> None:
    with pytest.raises(AssertionError, match="plumage"):
        orders({"orders": [], "plumage": "blue"}, "SearchOrdersResponse")


def test_parameters_statuses_and_limits_are_those_of_the_model(shared: Path) -> None:
    model = _model(shared / "contracts/spapi/orders_2026-01-01.json")
    v0 = _model(shared / "contracts/spapi/ordersV0.json")
    items = _model(shared / "contracts/spapi/listingsItems_2021-08-01.json")["paths"]
    fba = _model(shared / "contracts/spapi/fbaInventory.json")["paths"]
    search = model["paths"]["/orders/2026-01-01/orders"]["get"]
    lists = {p["name"]: p["items"].get("enum") for p in search["parameters"] if p["type"] == "array"}
    assert lists["includedData"] == ALL_DATA.split(",")
    assert lists["fulfillmentStatuses"] == STATUSES
    operations = {
        "searchOrders": search,
        "getOrder": model["paths"]["/orders/2026-01-01/orders/{orderId}"]["get"],
        "confirmShipment": v0["paths"]["/orders/v0/orders/{orderId}/shipmentConfirmation"]["post"],
        "getListingsItem": items["/listings/2021-08-01/items/{sellerId}/{sku}"]["get"],
        "patchListingsItem": items["/listings/2021-08-01/items/{sellerId}/{sku}"]["patch"],
        "searchListingsItems": items["/listings/2021-08-01/items/{sellerId}"]["get"],
        "getInventorySummaries": fba["/fba/inventory/v1/summaries"]["get"],
    }
    for name in ("notifications", "feeds_2021-06-30"):
        paths = _model(shared / f"contracts/spapi/{name}.json")["paths"].values()
        operations |= {way["operationId"]: way for ways in paths for way in ways.values() if "operationId" in str(way)}
    described = {name: limits for name, limits in PUBLISHED_LIMITS.items() if name not in REPORTS}
    for name, (rate, burst) in described.items():
        assert f"| {rate:g} | {burst} |" in operations[name]["description"]
