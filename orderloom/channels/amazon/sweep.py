"""searchOrders: pages of orders changed since a time (one call in 178 s, burst 20; data at least 2 minutes old)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sp_api.api import OrdersV20260101

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.payload import AmazonModel, OrderHead
from orderloom.channels.wire import Moment, read_body
from orderloom.domain.errors import Unavailable, UnreadableEvent
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import AmazonAccount

TOPIC = "orders"
PAGE_SIZE = 100
INCLUDED_DATA = ("FULFILLMENT", "RECIPIENT", "BUYER", "PROCEEDS", "PROMOTION", "CANCELLATION", "PACKAGES", "TAX")


@dataclass(frozen=True)
class OrderPage:
    """One page of a sweep. `read_until` is `since` where Amazon does not say: the next sweep reads it again."""

    events: tuple[NewEvent, ...]
    next_token: str | None
    read_until: datetime


class _PageHead(AmazonModel):
    last_updated_before: Moment | None = None


def search(partner: SellingPartner, account: AmazonAccount, since: datetime, page_token: str | None) -> OrderPage:
    """One searchOrders call. A later page repeats every parameter of the first, as Amazon demands."""
    query: dict[str, Any] = {
        "lastUpdatedAfter": as_iso(since),
        "marketplaceIds": account.marketplaces,
        "includedData": INCLUDED_DATA,
        "maxResultsPerPage": PAGE_SIZE,
    }
    if page_token:
        query["paginationToken"] = page_token
    answer = partner.call(OrdersV20260101, errors.SEARCH_ORDERS, lambda client: client.search_orders(**query))
    orders = answer.payload.get("orders")
    if not isinstance(orders, list):
        raise Unavailable(partner.system, "searchOrders answered without a list of orders")
    received_at = datetime.now(UTC)
    return OrderPage(
        events=tuple(_event(account, order, received_at) for order in orders),
        next_token=_next_token(answer.pagination),
        read_until=_read_until(partner.system, answer.payload, since),
    )


def canonical(order: object) -> bytes:
    """The same bytes for the same order, whatever the order of its fields."""
    return json.dumps(order, sort_keys=True, separators=(",", ":")).encode("ascii")


def as_iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as Amazon writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(account: AmazonAccount, order: object, received_at: datetime) -> NewEvent:
    """One order as an event. One that cannot even be named is kept for an operator; it must not lose the page."""
    body = canonical(order)
    common: dict[str, Any] = {
        "origin": f"amazon:{account.account}",
        "topic": TOPIC,
        "source": EventSource.SWEEP,
        "body": body,
        "received_at": received_at,
    }
    try:
        head = read_body(OrderHead, body)
    except UnreadableEvent as unreadable:
        digest = hashlib.sha256(body).hexdigest()
        return NewEvent(**common, delivery_id=digest, state=EventState.UNREADABLE, detail=str(unreadable))
    return NewEvent(
        **common,
        delivery_id=f"{head.order_id}@{as_iso(head.last_updated_time)}",
        triggered_at=head.last_updated_time,
        order_key=OrderKey(channel=Channel.AMAZON, account=account.account, order_id=head.order_id),
    )


def _next_token(pagination: object) -> str | None:
    token = pagination.get("nextToken") if isinstance(pagination, Mapping) else None
    return token if isinstance(token, str) and token else None


def _read_until(system: str, payload: Mapping[str, Any], since: datetime) -> datetime:
    try:
        head = read_body(_PageHead, json.dumps({"lastUpdatedBefore": payload.get("lastUpdatedBefore")}).encode())
    except UnreadableEvent as unreadable:
        raise Unavailable(system, f"searchOrders answered badly: {unreadable}") from None
    return head.last_updated_before or since
