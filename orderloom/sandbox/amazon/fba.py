"""getInventorySummaries: a seller's stock in Amazon's warehouses, in pages of at most 50."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from orderloom.sandbox.amazon.catalog import Catalog
from orderloom.sandbox.amazon.listing_search import read_marketplace
from orderloom.sandbox.amazon.listings import FbaStock
from orderloom.sandbox.amazon.queries import read_list, read_moment
from orderloom.sandbox.amazon.refusals import invalid_input
from orderloom.sandbox.clock import Clock, iso_seconds

PAGE_SIZE = 50
TOKEN_LIFE = timedelta(seconds=30)
OLDEST_START = timedelta(days=548)
"""18 months."""
_BINDING = ("granularityId", "startDateTime", "sellerSkus", "sellerSku")
_Token = tuple[Catalog, dict[str, str], str, datetime]


class InventorySummaries:
    """Answers requests for stock and remembers its tokens for 30 seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, _Token] = {}

    def answer(self, catalog: Catalog, query: QueryParams) -> dict[str, Any]:
        """One page; raises Refusal (400)."""
        marketplace = _marketplace(query)
        is_detailed = _is_detailed(query)
        after = self._start(catalog, query)
        skus = _skus(query)
        since = self._since(query)
        found = [
            stock
            for stock in catalog.counted()
            if stock.marketplace == marketplace
            and stock.sku > after
            and (not skus or stock.sku in skus)
            and (since is None or stock.changed >= since)
        ]
        page = found[:PAGE_SIZE]
        answer: dict[str, Any] = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": marketplace},
                "inventorySummaries": [_summary(stock, is_detailed=is_detailed) for stock in page],
            }
        }
        if len(found) > PAGE_SIZE:
            answer["pagination"] = {"nextToken": self._remember(catalog, query, page[-1].sku)}
        return answer

    def _start(self, catalog: Catalog, query: QueryParams) -> str:
        token = query.get("nextToken")
        if not token:
            return ""
        owner, parameters, last, ends = self._tokens.get(token, (None, {}, "", self._clock.now()))
        if owner is not catalog or self._clock.now() >= ends:
            raise invalid_input("nextToken is invalid or has expired.")
        if parameters != _binding(query):
            raise invalid_input("nextToken needs the parameters of the first request.")
        return last

    def _remember(self, catalog: Catalog, query: QueryParams, last: str) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = catalog, _binding(query), last, self._clock.now() + TOKEN_LIFE
        return token

    def _since(self, query: QueryParams) -> datetime | None:
        if "startDateTime" not in query:
            return None
        since = read_moment(query, "startDateTime")
        if since < self._clock.now() - OLDEST_START:
            raise invalid_input("startDateTime must not be earlier than 18 months ago.")
        return since


def _binding(query: QueryParams) -> dict[str, str]:
    return {name: ",".join(query.getlist(name)) for name in _BINDING if name in query}


def _marketplace(query: QueryParams) -> str:
    marketplace = read_marketplace(query)
    if query.get("granularityType") != "Marketplace":
        raise invalid_input("granularityType must be Marketplace.")
    if query.get("granularityId") != marketplace:
        raise invalid_input("granularityId must be the marketplace of marketplaceIds.")
    return marketplace


def _is_detailed(query: QueryParams) -> bool:
    text = query.get("details", "false").lower()
    if text not in ("true", "false"):
        raise invalid_input("details must be true or false.")
    return text == "true"


def _skus(query: QueryParams) -> tuple[str, ...]:
    skus = (*read_list(query, "sellerSkus", None), *query.getlist("sellerSku"))
    if len(skus) > PAGE_SIZE:
        raise invalid_input(f"sellerSkus can have at most {PAGE_SIZE} values.")
    return skus


def _summary(stock: FbaStock, *, is_detailed: bool) -> dict[str, Any]:
    total = stock.fulfillable + stock.pending_orders + stock.inbound + stock.unfulfillable
    summary: dict[str, Any] = {
        "asin": stock.asin,
        "fnSku": f"X00{stock.asin[3:]}",
        "sellerSku": stock.sku,
        "condition": "NewItem",
        "lastUpdatedTime": iso_seconds(stock.changed),
        "productName": stock.title,
        "totalQuantity": total,
        "stores": [],
    }
    return summary | {"inventoryDetails": _details(stock)} if is_detailed else summary


def _details(stock: FbaStock) -> dict[str, Any]:
    damages = ("customerDamaged", "warehouseDamaged", "distributorDamaged", "carrierDamaged", "expired")
    research = [{"name": f"researchingQuantityIn{term}Term", "quantity": 0} for term in ("Short", "Mid", "Long")]
    return {
        "fulfillableQuantity": stock.fulfillable,
        "inboundWorkingQuantity": 0,
        "inboundShippedQuantity": stock.inbound,
        "inboundReceivingQuantity": 0,
        "reservedQuantity": {
            "totalReservedQuantity": stock.pending_orders,
            "pendingCustomerOrderQuantity": stock.pending_orders,
            "pendingTransshipmentQuantity": 0,
            "fcProcessingQuantity": 0,
        },
        "researchingQuantity": {"totalResearchingQuantity": 0, "researchingQuantityBreakdown": research},
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": stock.unfulfillable,
            "defectiveQuantity": stock.unfulfillable,
            **{f"{damage}Quantity": 0 for damage in damages},
        },
    }
