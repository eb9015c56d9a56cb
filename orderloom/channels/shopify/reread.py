"""Reads an order by GraphQL and writes it in the REST shape of the webhooks, so that one reader serves both.

| REST-shaped field | GraphQL |
|---|---|
| id, app_id, line_items[] id, variant_id | the number at the end of the gid |
| name, test, confirmed, note, email, phone, source_name, source_identifier | the same in camel case |
| created_at, updated_at, cancelled_at | the same in camel case |
| tags | tags, joined by commas |
| financial_status | displayFinancialStatus in lower case |
| currency, total_price | currencyCode, totalPriceSet.shopMoney |
| note_attributes[] name, value | customAttributes key, value |
| shipping_address | shippingAddress; country_code is countryCodeV2 |
| shipping_lines[] title, code | shippingLines, the first one |
| line_items[] sku, title, variant_title, quantity, current_quantity, requires_shipping | the same in camel case |
| line_items[] gift_card, fulfillable_quantity | isGiftCard, unfulfilledQuantity |
| line_items[] grams, price | weight, originalUnitPriceSet.shopMoney |

| fulfillments[] status, line_items[] id, quantity | fulfillments, fulfillmentLineItems |
| refunds[] created_at, return, refund_line_items[] | refunds; location_id only where it was restocked |
| returns[] id, status | returns |

Beyond REST: returns[].dispositions (reverseFulfillmentOrders, with the return line's reason); fulfillment_orders[] id,
status, hold_reasons, location_id (the assigned one), line_items[] id, remaining; and cut_off. Left out, and so unknown
to the reader: company, customer, and a tip's own mark (it needs no shipping).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from orderloom.channels.shopify.aftermath import aftermath_of
from orderloom.channels.shopify.answers import Line, OrderAnswer, ReadOrder, RecentOrders, Weight
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.queries import READ_ORDER, RECENT_ORDERS
from orderloom.domain.errors import Rejected
from orderloom.domain.ports import OrderIdPage

ORDER_UNKNOWN = "ORDER_UNKNOWN"
_GRAMS = {"GRAMS": 1.0, "KILOGRAMS": 1000.0, "OUNCES": 28.349523125, "POUNDS": 453.59237}
_REWRITTEN = {"id", "app", "tags", "financial_status", "total_price_set", "shipping_lines", "line_items"}
_AFTERMATH = {"fulfillments", "refunds", "returns", "fulfillment_orders"}


def read_again(api: AdminApi, order_id: str) -> bytes:
    """One call for each 20 lines, and one for each fulfillment, refund and return.

    Raises Rejected(ORDER_UNKNOWN) where the shop has no such order.
    """
    order = _page(api, order_id, None)
    lines, after = list(order.line_items.nodes), order.line_items.next_cursor
    while after:
        page = _page(api, order_id, after).line_items
        lines += page.nodes
        after = page.next_cursor
    return json.dumps(_as_rest(order, lines) | aftermath_of(api, order)).encode("ascii")


def orders_between(api: AdminApi, since: datetime, until: datetime, after: str | None, *, changed: bool) -> OrderIdPage:
    """One call for each 100 orders, oldest first. Without the scope `read_all_orders` Shopify gives those of 60 days.

    A refund, a return, an edit and a fulfillment change an order; what was made is changed by that too.
    """
    field = "updated_at" if changed else "created_at"
    search = f"{field}:>='{_iso(since)}' AND {field}:<='{_iso(until)}'"
    page = api.run(RECENT_ORDERS, {"search": search, "after": after}, RecentOrders).orders
    return OrderIdPage(order_ids=tuple(str(order.number) for order in page.nodes), next_token=page.next_cursor)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def order_gid(order_id: str) -> str:
    return f"gid://shopify/Order/{order_id}"


def _page(api: AdminApi, order_id: str, after: str | None) -> OrderAnswer:
    order = api.run(READ_ORDER, {"id": order_gid(order_id), "after": after}, ReadOrder).order
    if order is None:
        raise Rejected(api.system, ORDER_UNKNOWN, "the shop has no such order, or our app may not read it")
    return order


def _as_rest(order: OrderAnswer, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        **order.model_dump(exclude=_REWRITTEN | _AFTERMATH),
        "id": order.number,
        "admin_graphql_api_id": order.id,
        "app_id": order.app.number if order.app else None,
        "tags": ", ".join(order.tags),
        "financial_status": order.financial_status.lower() if order.financial_status else None,
        "total_price": order.total_price_set.shop_money.amount,
        "shipping_lines": [line.model_dump() for line in order.shipping_lines.nodes],
        "line_items": [_line_as_rest(line) for line in lines],
    }


def _line_as_rest(line: Line) -> dict[str, Any]:
    return {
        **line.model_dump(exclude={"id", "weight", "original_unit_price_set", "variant"}),
        "id": line.number,
        "variant_id": line.variant.number if line.variant else None,
        "grams": _grams(line.weight),
        "price": line.original_unit_price_set.shop_money.amount,
    }


def _grams(weight: Weight | None) -> int:
    """Whole grams; 0 where it is unknown, as in the webhooks."""
    return round(weight.value * _GRAMS.get(weight.unit, 0.0)) if weight else 0
