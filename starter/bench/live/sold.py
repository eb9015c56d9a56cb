"""What a small connector asks to know what was sold: the orders of each channel, over its public API."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from orderloom.channels.amazon import AmazonChannel
from orderloom.domain.errors import Rejected, Throttled, Unavailable

SHOPIFY_ORDERS = """
query Sold($since: String!, $after: String) {
  orders(first: 50, after: $after, query: $since, sortKey: CREATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { lineItems(first: 10) { nodes { sku currentQuantity } } }
  }
}
"""


def sold_on_amazon(channel: AmazonChannel, listing: str, since: datetime) -> Callable[[], int]:
    """Asks searchOrders for every order since then; an order that changed counts as it is now."""

    def ask() -> int:
        sold: dict[str, int] = {}
        token: str | None = None
        while True:
            page = channel.changed_orders(since, token)
            for event in page.events:
                order = channel.read(event.body, since).order
                lines = (line for line in order.lines if line.listing == listing)
                sold[order.key.order_id] = sum(line.quantity for line in lines)
            token = page.next_token
            if token is None:
                return sum(sold.values())

    return ask


def sold_on_shopify(url: str, token: str, listing: str, since: datetime) -> Callable[[], int]:
    """Asks the Admin API at `url` for every order since then."""
    http = httpx.Client(headers={"X-Shopify-Access-Token": token}, timeout=20.0)

    def page(after: str | None) -> Any:
        variables = {"since": f"created_at:>='{since.isoformat()}'", "after": after}
        answer = http.post(url, json={"query": SHOPIFY_ORDERS, "variables": variables})
        if answer.status_code != httpx.codes.OK:
            raise Unavailable("shopify", f"answered {answer.status_code}")
        content = answer.json()
        errors = content.get("errors") or []
        if any(error.get("extensions", {}).get("code") == "THROTTLED" for error in errors):
            raise Throttled("shopify", 1.0)
        if errors:
            raise Rejected("shopify", "query", str(errors))
        return content["data"]["orders"]

    def ask() -> int:
        sold: int = 0
        after: str | None = None
        while True:
            orders = page(after)
            lines = (line for order in orders["nodes"] for line in order["lineItems"]["nodes"])
            sold += sum(line["currentQuantity"] for line in lines if line["sku"] == listing)
            if not orders["pageInfo"]["hasNextPage"]:
                return sold
            after = orders["pageInfo"]["endCursor"]

    return ask
