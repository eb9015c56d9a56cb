"""The `orders` query: Shopify's search syntax as far as orderloom needs it, sort keys and pages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.orders import ShopOrder
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.views import order_view

_TERM = re.compile(
    r"""(?P<field>[a-z_]+):(?P<sign>>=|<=|>|<)?(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<plain>[^\s()]+))"""
)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda value, mark: value >= mark,
    "<=": lambda value, mark: value <= mark,
    ">": lambda value, mark: value > mark,
    "<": lambda value, mark: value < mark,
    "": lambda value, mark: value == mark,
}
_SORT_KEYS: dict[str, Callable[[ShopOrder], tuple[Any, ...]]] = {
    "UPDATED_AT": lambda order: (order.updated.isoformat(), order.order_id),
    "CREATED_AT": lambda order: (order.created.isoformat(), order.order_id),
    "PROCESSED_AT": lambda order: (order.created.isoformat(), order.order_id),
    "ORDER_NUMBER": lambda order: (order.number,),
    "ID": lambda order: (order.order_id,),
}


def search_orders(shop: Shop, arguments: View) -> View:
    place = _SORT_KEYS[arguments.get("sortKey") or "PROCESSED_AT"]
    keep = _matcher(arguments.get("query") or "")
    found = sorted((order for order in shop.orders.values() if keep(order)), key=place)
    return connection(found, lambda order: order_view(shop, order), place, arguments)


def _matcher(query: str) -> Callable[[ShopOrder], bool]:
    """All terms must hold. A term that this sandbox does not know is an error here; Shopify would ignore it."""
    words = _TERM.sub(" ", query).replace("(", " ").replace(")", " ").split()
    if unknown := [word for word in words if word != "AND"]:
        raise GraphQLError(f"The sandbox cannot search for {' '.join(unknown)!r}")
    tests = [_test(match) for match in _TERM.finditer(query)]
    return lambda order: all(test(order) for test in tests)


def _test(term: re.Match[str]) -> Callable[[ShopOrder], bool]:
    field, sign = term["field"], term["sign"] or ""
    text = next(value for value in (term["single"], term["double"], term["plain"]) if value is not None)
    if field in ("updated_at", "created_at", "processed_at"):
        mark = _moment(text)
        return lambda order: _SIGNS[sign](order.updated if field == "updated_at" else order.created, mark)
    readers: dict[str, Callable[[ShopOrder], str]] = {
        "id": lambda order: str(order.order_id),
        "name": lambda order: order.name.removeprefix("#"),
        "status": lambda order: "cancelled" if order.cancelled else "open",
        "financial_status": lambda order: order.payment,
        "fulfillment_status": lambda order: order.fulfillment_status.lower().replace("partially_fulfilled", "partial"),
    }
    if field not in readers:
        raise GraphQLError(f"The sandbox cannot search orders by {field!r}")
    if field in ("status", "fulfillment_status") and text in ("any", "*"):
        return lambda order: True
    return lambda order: readers[field](order) == text.lower().removeprefix("#")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise GraphQLError(f"{text!r} is no date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
