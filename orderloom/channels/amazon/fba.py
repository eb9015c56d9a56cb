"""getInventorySummaries (2 a second, burst 2): a seller's stock in Amazon's warehouses.

Read for the account's first marketplace only: the marketplaces of a region may show the same units, and Amazon takes
one of them a call.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import Field
from sp_api.api import Inventories

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.listing_payload import Count, Pagination
from orderloom.channels.amazon.payload import AmazonModel
from orderloom.channels.wire import Text, read_body
from orderloom.domain.errors import Unavailable, UnreadableEvent
from orderloom.domain.listing.offers import FbaLevel, FbaPage
from orderloom.domain.merchant import AmazonAccount


class _Reserved(AmazonModel):
    total: Count = Field(default=0, alias="totalReservedQuantity")


class _Details(AmazonModel):
    fulfillable: Count = Field(alias="fulfillableQuantity")
    reserved: _Reserved = Field(default=_Reserved(), alias="reservedQuantity")
    planned: Count = Field(default=0, alias="inboundWorkingQuantity")
    sent: Count = Field(default=0, alias="inboundShippedQuantity")
    arriving: Count = Field(default=0, alias="inboundReceivingQuantity")


class _Summary(AmazonModel):
    seller_sku: Text | None = None
    details: _Details = Field(alias="inventoryDetails")


class _Summaries(AmazonModel):
    summaries: tuple[_Summary, ...] = Field(alias="inventorySummaries")
    pagination: Pagination | None = None


def levels(partner: SellingPartner, account: AmazonAccount, page_token: str | None) -> FbaPage:
    """One page. Raises Rejected where Amazon no longer knows the token, which lives for 30 s: start over then."""
    marketplace = account.marketplaces[0]
    query: dict[str, Any] = {"granularityId": marketplace, "marketplaceIds": marketplace, "details": "true"}
    if page_token:
        query["nextToken"] = page_token
    asked_at = datetime.now(UTC)
    answer = partner.call(
        Inventories, errors.FBA_SUMMARIES, lambda client: client.get_inventory_summary_marketplace(**query)
    )
    try:
        page = read_body(_Summaries, json.dumps({**answer.payload, "pagination": answer.pagination}).encode())
    except UnreadableEvent as unreadable:
        raise Unavailable(partner.system, f"getInventorySummaries answered badly: {unreadable}") from None
    token = page.pagination.next_token if page.pagination else None
    return FbaPage(levels=tuple(_levels(page)), next_token=token or None, read_at=asked_at)


def _levels(page: _Summaries) -> Iterator[FbaLevel]:
    for summary in page.summaries:
        if summary.seller_sku:
            at_amazon = summary.details
            yield FbaLevel(
                seller_sku=summary.seller_sku,
                fulfillable=at_amazon.fulfillable,
                reserved=at_amazon.reserved.total,
                inbound=at_amazon.planned + at_amazon.sent + at_amazon.arriving,
            )
