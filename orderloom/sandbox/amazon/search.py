"""searchOrders 2026-01-01: which parameters it takes, which orders it sees, and how it pages.

Rules are those of the OpenAPI model: one of createdAfter and lastUpdatedAfter, never both families, every *Before at
least two minutes old, and nothing younger than two minutes visible.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from orderloom.sandbox.amazon.orders import AmazonOrder, AmazonSeller
from orderloom.sandbox.amazon.payloads import INCLUDED_DATA, order_document
from orderloom.sandbox.amazon.queries import read_list, read_moment, read_page_size
from orderloom.sandbox.amazon.refusals import invalid_input
from orderloom.sandbox.clock import Clock, iso_millis

VISIBILITY_LAG = timedelta(minutes=2)
TOKEN_LIFE = timedelta(hours=24)
STATUSES = "PENDING_AVAILABILITY PENDING UNSHIPPED PARTIALLY_SHIPPED SHIPPED CANCELLED UNFULFILLABLE".split()
FULFILLERS = ("MERCHANT", "AMAZON")
_WINDOW = ("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore")
_BINDING = (*_WINDOW, "fulfillmentStatuses", "marketplaceIds", "fulfilledBy")
"""Parameters that a next page must repeat; only maxResultsPerPage and includedData may change."""


@dataclass(frozen=True)
class Search:
    by_update: bool
    after: datetime
    before: datetime
    statuses: tuple[str, ...]
    marketplaces: tuple[str, ...]
    fulfilled_by: tuple[str, ...]

    def moment(self, order: AmazonOrder) -> datetime:
        return order.updated if self.by_update else order.created

    def sees(self, order: AmazonOrder) -> bool:
        """Filters that name nothing let everything pass."""
        wanted = (
            (order.status, self.statuses),
            (order.marketplace, self.marketplaces),
            ("AMAZON" if order.by_amazon else "MERCHANT", self.fulfilled_by),
        )
        in_window = self.after <= self.moment(order) <= self.before
        return in_window and all(not allowed or value in allowed for value, allowed in wanted)


@dataclass(frozen=True)
class _Cursor:
    account: str
    parameters: Mapping[str, str]
    search: Search
    last: tuple[datetime, str]
    ends: datetime


class OrderSearch:
    """Answers searchOrders and remembers its pagination tokens."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._lag = VISIBILITY_LAG / speed
        self._cursors: dict[str, _Cursor] = {}

    def answer(self, seller: AmazonSeller, query: QueryParams) -> dict[str, Any]:
        """One page; raises Refusal (400)."""
        included = included_data(query)
        size = read_page_size(query, "maxResultsPerPage", usual=100, most=100)
        search, start = self._start(seller.config.account, query)
        found = sorted((search.moment(o), o.order_id) for o in seller.orders.values() if search.sees(o))
        rest = [place for place in found if start is None or place > start]
        page = rest[:size]
        answer: dict[str, Any] = {"orders": [order_document(seller.orders[i], included) for _, i in page]}
        answer["lastUpdatedBefore" if search.by_update else "createdBefore"] = iso_millis(search.before)
        if len(rest) > size:
            answer["pagination"] = {"nextToken": self._remember(seller.config.account, query, search, page[-1])}
        return answer

    def _start(self, account: str, query: QueryParams) -> tuple[Search, tuple[datetime, str] | None]:
        token = query.get("paginationToken")
        if token is None:
            return self._read(query), None
        cursor = self._cursors.get(token)
        if cursor is None or cursor.account != account or cursor.ends <= self._clock.now():
            raise invalid_input("Invalid request parameters provided.", "paginationToken is invalid or has expired.")
        if _binding(query) != cursor.parameters:
            raise invalid_input(
                "Invalid request parameters provided.", "paginationToken needs the parameters of the first request."
            )
        return cursor.search, cursor.last

    def _remember(self, account: str, query: QueryParams, search: Search, last: tuple[datetime, str]) -> str:
        token = secrets.token_urlsafe(24)
        self._cursors[token] = _Cursor(account, _binding(query), search, last, self._clock.now() + TOKEN_LIFE)
        return token

    def _read(self, query: QueryParams) -> Search:
        by_update = "lastUpdatedAfter" in query
        family, other = ("lastUpdated", "created") if by_update else ("created", "lastUpdated")
        if f"{family}After" not in query or f"{other}After" in query:
            raise invalid_input("Exactly one of createdAfter and lastUpdatedAfter must be provided.")
        if f"{other}Before" in query:
            raise invalid_input(f"{other}Before cannot be combined with {family}After.")
        newest = self._clock.now() - self._lag
        after = read_moment(query, f"{family}After")
        before = read_moment(query, f"{family}Before") if f"{family}Before" in query else newest
        if f"{family}Before" in query and before > newest:
            raise invalid_input(f"{family}Before must be at least two minutes before the time of the request.")
        if f"{family}Before" in query and before < after:
            raise invalid_input(f"{family}Before must be equal to or after {family}After.")
        return Search(
            by_update=by_update,
            after=after,
            before=before,
            statuses=read_list(query, "fulfillmentStatuses", STATUSES),
            marketplaces=_marketplaces(query),
            fulfilled_by=read_list(query, "fulfilledBy", FULFILLERS),
        )


def included_data(query: QueryParams) -> tuple[str, ...]:
    return read_list(query, "includedData", INCLUDED_DATA)


def _binding(query: QueryParams) -> dict[str, str]:
    return {name: ",".join(query.getlist(name)) for name in _BINDING if name in query}


def _marketplaces(query: QueryParams) -> tuple[str, ...]:
    values = read_list(query, "marketplaceIds", None)
    if len(values) > 50:
        raise invalid_input("marketplaceIds can have at most 50 values.")
    return values
