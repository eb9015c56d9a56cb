"""searchListingsItems: by up to 20 SKUs, or page by page through all of a marketplace's listings."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.datastructures import QueryParams

from orderloom.sandbox.amazon.catalog import Catalog
from orderloom.sandbox.amazon.listing_views import INCLUDED_DATA, listing_document
from orderloom.sandbox.amazon.listings import AmazonListing
from orderloom.sandbox.amazon.queries import read_list, read_moment, read_page_size
from orderloom.sandbox.amazon.refusals import invalid_input

AT_ONCE = 20
PAGED_THROUGH = 1000
"""A search can be paged through no further."""
_UNKNOWN_HERE = ("variationParentSku", "packageHierarchySku", "withIssueSeverity", "withStatus", "withoutStatus")
_ORDERS: dict[str, Callable[[AmazonListing], tuple[Any, ...]]] = {
    "sku": lambda listing: (listing.sku,),
    "createdDate": lambda listing: (listing.created, listing.sku),
    "lastUpdatedDate": lambda listing: (listing.updated, listing.sku),
}


class ListingSearch:
    """Answers searches and remembers its page tokens: each skips so many items of the list as it is by then."""

    def __init__(self) -> None:
        self._tokens: dict[str, int] = {}

    def answer(self, catalog: Catalog, query: QueryParams) -> dict[str, Any]:
        """One page; raises Refusal (400)."""
        included = included_data(query)
        size = read_page_size(query, "pageSize", usual=10, most=AT_ONCE)
        start = self._start(query)
        found = _found(catalog, query)[:PAGED_THROUGH]
        items = [listing_document(listing, included) for listing in found[start : start + size]]
        answer: dict[str, Any] = {"numberOfResults": len(found), "items": items}
        if start + size < len(found):
            token = secrets.token_urlsafe(24)
            self._tokens[token] = start + size
            answer["pagination"] = {"nextToken": token}
        return answer

    def _start(self, query: QueryParams) -> int:
        token = query.get("pageToken")
        if token is None:
            return 0
        if token not in self._tokens:
            raise invalid_input("pageToken is invalid.")
        return self._tokens[token]


def included_data(query: QueryParams) -> tuple[str, ...]:
    return read_list(query, "includedData", INCLUDED_DATA) or ("summaries",)


def read_marketplace(query: QueryParams) -> str:
    """The one marketplace that is asked about; this sandbox answers for no two at once. Raises Refusal (400)."""
    values = read_list(query, "marketplaceIds", None)
    if len(values) != 1:
        raise invalid_input("marketplaceIds must name exactly one marketplace.")
    return values[0]


def _found(catalog: Catalog, query: QueryParams) -> list[AmazonListing]:
    if wrong := [name for name in _UNKNOWN_HERE if name in query]:
        raise invalid_input(f"The sandbox cannot search listings by {wrong[0]}.")
    marketplace, skus = read_marketplace(query), _identifiers(query)
    order = _ORDERS.get(query.get("sortBy", "lastUpdatedDate"))
    direction = query.get("sortOrder", "DESC")
    if order is None or direction not in ("ASC", "DESC"):
        raise invalid_input("sortBy or sortOrder has a value that is not allowed.")
    chosen = [
        listing
        for listing in catalog.all()
        if listing.marketplace == marketplace and (skus is None or listing.sku in skus) and _in_time(listing, query)
    ]
    return sorted(chosen, key=order, reverse=direction == "DESC")


def _identifiers(query: QueryParams) -> tuple[str, ...] | None:
    if "identifiers" not in query and "identifiersType" not in query:
        return None
    skus = read_list(query, "identifiers", None)
    if query.get("identifiersType") != "SKU" or not skus:
        raise invalid_input("identifiers needs identifiersType, which must be SKU in the sandbox.")
    if len(skus) > AT_ONCE:
        raise invalid_input(f"identifiers can have at most {AT_ONCE} values.")
    return skus


def _in_time(listing: AmazonListing, query: QueryParams) -> bool:
    def within(moment: datetime, family: str) -> bool:
        after, before = f"{family}After", f"{family}Before"
        is_late_enough = after not in query or moment >= read_moment(query, after)
        return is_late_enough and (before not in query or moment <= read_moment(query, before))

    return within(listing.created, "created") and within(listing.updated, "lastUpdated")
