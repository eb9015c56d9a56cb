"""What we send to Listings Items and FBA Inventory, and the answers our tests use, by Amazon's own OpenAPI models."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.listing_pushes import patch_body
from orderloom.sandbox.amazon.listing_views import INCLUDED_DATA
from orderloom.sandbox.amazon.patching import OPERATIONS
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.wishes import FbaWish, PutListing
from tests.channels.amazon import listing_answers as told
from tests.contract.test_amazon_model import _checker, _model
from tests.sandbox.world import SELLER, World

Check = Callable[[Any, str], None]


@pytest.fixture
def listings(shared: Path) -> Check:
    return _checker(shared / "contracts/spapi/listingsItems_2021-08-01.json")


@pytest.fixture
def fba(shared: Path) -> Check:
    return _checker(shared / "contracts/spapi/fbaInventory.json")


def test_the_patch_that_we_send_is_one_of_the_model(listings: Check) -> None:
    listings(patch_body("COOKWARE", 7), "ListingsItemPatchRequest")
    with pytest.raises(AssertionError, match="mergers"):
        listings({"productType": "X", "patches": [{"op": "mergers", "path": "/"}]}, "ListingsItemPatchRequest")


def test_the_answers_that_our_tests_read_are_those_of_the_models(listings: Check, fba: Check) -> None:
    items = (told.item("A", told.merchant(1)), told.item("B", told.BY_AMAZON))
    listings(told.found(*items, next_token="n").body, "ItemSearchResults")
    listings(items[0], "Item")
    listings(
        told.submitted("INVALID", told.issue("1", "x", "ERROR", "quantity")).body, "ListingsItemSubmissionResponse"
    )
    fba(told.summaries(told.summary("A", 1, 2, (1, 1, 1)), next_token="n").body, "GetInventorySummariesResponse")


def test_limits_and_parameters_are_those_of_the_models(shared: Path) -> None:
    model = _model(shared / "contracts/spapi/listingsItems_2021-08-01.json")
    stock = _model(shared / "contracts/spapi/fbaInventory.json")
    one, many = (model["paths"][f"/listings/2021-08-01/items/{{sellerId}}{end}"] for end in ("/{sku}", ""))
    documented = {
        errors.SEARCH_LISTINGS: many["get"],
        errors.GET_LISTING: one["get"],
        errors.PATCH_LISTING: one["patch"],
        errors.FBA_SUMMARIES: stock["paths"]["/fba/inventory/v1/summaries"]["get"],
    }
    for operation, described in documented.items():
        assert described["operationId"] == operation.name
        assert re.search(rf"\| {operation.rate:g} \| \d+ \|", described["description"])
    search = {parameter.get("name"): parameter for parameter in many["get"]["parameters"]}
    assert (search["identifiers"]["maxItems"], search["pageSize"]["maximum"]) == (20, 20)
    assert "createdDate" in search["sortBy"]["enum"]
    assert {"summaries", "fulfillmentAvailability"} <= set(search["includedData"]["items"]["enum"])
    assert tuple(search["includedData"]["items"]["enum"]) == INCLUDED_DATA
    assert tuple(model["definitions"]["PatchOperation"]["properties"]["op"]["enum"]) == OPERATIONS


def test_the_sandbox_s_listings_are_written_as_the_model_says(world: World, listings: Check) -> None:
    world.control.set_knobs(Knobs(listing_effect_seconds=(0, 0)))
    for sku, fulfilled_by in (("PAN-28", "merchant"), ("POT-1", "amazon")):
        wish = PutListing.model_validate({"sku": sku, "quantity": 3, "fulfilled_by": fulfilled_by, "lead_time_days": 2})
        world.control.put_listing("amazon", SELLER.account, wish)
        listings(world.listing(sku, ",".join(INCLUDED_DATA)).json(), "Item")
    listings(world.search_listings(pageSize=1).json(), "ItemSearchResults")
    every = "issues,identifiers"
    for more in ({}, {"mode": "VALIDATION_PREVIEW"}, {"path": "/attributes/plumage"}):
        answer = world.patch_listing("PAN-28", 1, includedData=every, **more).json()
        listings(answer, "ListingsItemSubmissionResponse")
    listings(world.patch_listing("NO-SUCH", 1).json(), "ErrorList")


def test_the_sandbox_s_fba_stock_is_written_as_the_model_says(world: World, fba: Check) -> None:
    for number in range(51):
        world.control.set_fba_stock(
            SELLER.account, FbaWish(sku=f"FBA-{number:02}", fulfillable=number, unfulfillable=1)
        )
    first = world.fba().json()
    fba(first, "GetInventorySummariesResponse")
    fba(world.fba(nextToken=first["pagination"]["nextToken"]).json(), "GetInventorySummariesResponse")
    world.clock.advance(1)
    fba(world.fba(granularityType="Country").json(), "GetInventorySummariesResponse")
