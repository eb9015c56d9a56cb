"""The app leaves a shop or comes back, and what privacy law makes Shopify ask of it."""

from collections.abc import Sequence
from typing import Any

from orderloom.sandbox.shopify.orders import ShopOrder
from orderloom.sandbox.shopify.shop import Shop


def install(shop: Shop, *, installed: bool) -> None:
    """Uninstalling tells app/uninstalled last of all: subscriptions go, and no token is accepted."""
    if shop.installed and not installed:
        shop.webhooks.tell("app/uninstalled", _shop_payload(shop))
        shop.webhooks.subscriptions.all.clear()
    shop.installed = installed


def ask_privacy(shop: Shop, topic: str, orders: Sequence[ShopOrder]) -> None:
    """customers/data_request, customers/redact or shop/redact, about these orders of one customer."""
    about: dict[str, Any] = {"shop_id": shop.location_id + 1, "shop_domain": shop.config.shop}
    if topic != "shop/redact":
        person = orders[0].person if orders else None
        about["customer"] = {
            "id": orders[0].order_id + 1 if orders else 0,
            "email": person.email if person else None,
            "phone": person.phone if person else None,
        }
        ids = [order.order_id for order in orders]
        name = "orders_requested" if topic == "customers/data_request" else "orders_to_redact"
        about |= {name: ids}
    if topic == "customers/data_request":
        about["data_request"] = {"id": shop.next_id()}
    shop.webhooks.tell(topic, about)


def _shop_payload(shop: Shop) -> dict[str, Any]:
    return {
        "id": shop.location_id + 1,
        "name": shop.config.shop.split(".")[0].replace("-", " ").title(),
        "email": f"owner@{shop.config.shop}",
        "domain": None,
        "myshopify_domain": shop.config.shop,
        "currency": "USD",
        "iana_timezone": "America/New_York",
        "plan_name": "basic",
    }
