"""Listings Items 2021-08-01 and FBA Inventory over HTTP, each operation behind its published limit."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.fba import InventorySummaries
from orderloom.sandbox.amazon.listing_search import ListingSearch, included_data, read_marketplace
from orderloom.sandbox.amazon.listing_views import listing_document
from orderloom.sandbox.amazon.listings import AmazonListing
from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.amazon.patching import Invalid, check_patch, read_patch
from orderloom.sandbox.amazon.queries import read_list
from orderloom.sandbox.amazon.refusals import invalid_input, unauthorized
from orderloom.sandbox.amazon.routes import SYSTEM, AmazonSide
from orderloom.sandbox.answers import lost_answer

_PREVIEW = "VALIDATION_PREVIEW"


def listing_routes(side: AmazonSide) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    search, stock = ListingSearch(), InventorySummaries(side.clock)
    items = "/listings/2021-08-01/items/{seller_id}"

    @router.get(items)
    async def search_listings(request: Request, seller_id: str) -> Response:
        def act(seller: AmazonSeller) -> Response:
            _check_owner(seller, seller_id)
            return JSONResponse(search.answer(seller.catalog, request.query_params))

        return await side.perform(request, "searchListingsItems", act)

    @router.get(items + "/{sku:path}")
    async def get_listing(request: Request, seller_id: str, sku: str) -> Response:
        def act(seller: AmazonSeller) -> Response:
            _check_owner(seller, seller_id)
            listing = seller.catalog.find(read_marketplace(request.query_params), sku)
            return JSONResponse(listing_document(listing, included_data(request.query_params)))

        return await side.perform(request, "getListingsItem", act)

    @router.patch(items + "/{sku:path}")
    async def patch_listing(request: Request, seller_id: str, sku: str) -> Response:
        body = await request.body()

        def act(seller: AmazonSeller) -> Response:
            _check_owner(seller, seller_id)
            answer = _submit(side, seller, sku, request.query_params, body)
            way = side.fate.loses_answer(SYSTEM, "patchListingsItem")
            return lost_answer(way) if way else JSONResponse(answer)

        return await side.perform(request, "patchListingsItem", act)

    @router.get("/fba/inventory/v1/summaries")
    async def inventory_summaries(request: Request) -> Response:
        def act(seller: AmazonSeller) -> Response:
            return JSONResponse(stock.answer(seller.catalog, request.query_params))

        return await side.perform(request, "getInventorySummaries", act)

    return router


def _check_owner(seller: AmazonSeller, seller_id: str) -> None:
    if seller_id != seller.config.seller_id:
        raise unauthorized("The access token is of another seller.")


def _submit(side: AmazonSide, seller: AmazonSeller, sku: str, query: QueryParams, body: bytes) -> dict[str, Any]:
    wanted, mode = read_patch(body), query.get("mode")
    included = read_list(query, "includedData", ("issues", "identifiers")) or ("issues",)
    if mode not in (None, _PREVIEW):
        raise invalid_input(f"mode must be {_PREVIEW} where it is given.")
    listing = seller.catalog.find(read_marketplace(query), sku)
    submission = seller.catalog.new_submission()
    status, issues = "VALID" if mode else "ACCEPTED", []
    try:
        patch = check_patch(listing, wanted, submission, side.clock)
        if not mode:
            seller.catalog.accept(listing, patch)
    except Invalid as refused:
        status, issues = "INVALID", [refused.issue()]
    return {"sku": sku, "status": status, "submissionId": submission} | _parts(listing, included, issues)


def _parts(listing: AmazonListing, included: tuple[str, ...], issues: list[dict[str, Any]]) -> dict[str, Any]:
    parts = {"issues": issues, "identifiers": [{"marketplaceId": listing.marketplace, "asin": listing.asin}]}
    return {name: parts[name] for name in included}
