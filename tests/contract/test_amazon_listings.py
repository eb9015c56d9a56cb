"""What we send to Listings Items and FBA Inventory, and the answers our tests use, by Amazon's own OpenAPI models."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.listing_pushes import patch_body
from tests.channels.amazon import listing_answers as told
from tests.contract.test_amazon_model import _checker, _model

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
