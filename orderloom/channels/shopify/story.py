"""Which story a Shopify order has here, by the first of these that fits, and how an imported copy is recognised."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from orderloom.channels.shopify.payload import OrderPayload
from orderloom.domain.merchant import ImportedOrders
from orderloom.domain.orders import BEFORE_LIVE_REASON, OrderLine, Story

TEST = "a test order"
VOIDED = "its payment was voided"
POINT_OF_SALE = "sold and handed over at the till"
NOTHING_SHIPPED = "nothing in it is shipped"
FULFILLED = "it was already fulfilled in Shopify"
_AMAZON_ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")


def is_point_of_sale(payload: OrderPayload) -> bool:
    return (payload.source_name or "").lower() == "pos"


def story_of(
    payload: OrderPayload, lines: Sequence[OrderLine], rule: ImportedOrders, live_from: datetime
) -> tuple[Story, str]:
    """The story, and why it is not SHIP. An order's age comes before what was done with it: units that left before
    the account was connected were never in our count."""
    if payload.test:
        return Story.SKIP, TEST
    if copied_from := imported_from(payload, rule):
        return Story.SKIP, f"a copy of {copied_from}, imported by a channel app: that order reaches us from Amazon"
    if payload.financial_status == "voided" and payload.cancelled_at is None:
        return Story.SKIP, VOIDED
    if payload.created_at < live_from:
        return Story.OBSERVE, BEFORE_LIVE_REASON
    if is_point_of_sale(payload):
        return Story.OBSERVE, POINT_OF_SALE
    if payload.cancelled_at is not None or any(line.open_quantity for line in lines):
        return Story.SHIP, ""
    return Story.OBSERVE, FULFILLED if any(line.fulfilled for line in lines if line.needs_stock) else NOTHING_SHIPPED


def imported_from(payload: OrderPayload, rule: ImportedOrders) -> str | None:
    """The Amazon order that this one is a copy of, in words; None where the rule does not recognise a copy."""
    pattern = re.compile(rule.order_id_pattern)
    found = next((match for text in _places(payload) if (match := pattern.search(text))), None)
    by_app = payload.app_id is not None and str(payload.app_id) in rule.app_ids
    by_source = (payload.source_name or "").lower() in {name.lower() for name in rule.source_names}
    if found is None and not by_app and not by_source:
        return None
    # A merchant's own pattern may match more than an order id, and these places may name the buyer.
    order_id = _AMAZON_ORDER_ID.search(found[0]) if found else None
    return f"Amazon order {order_id[0]}" if order_id else "an Amazon order"


def _places(payload: OrderPayload) -> Iterator[str]:
    yield from filter(None, (payload.source_identifier, payload.name, payload.tags))
    yield from (str(attribute.value) for attribute in payload.note_attributes if attribute.value is not None)
