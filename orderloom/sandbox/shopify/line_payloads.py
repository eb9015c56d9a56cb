"""Line items, shipping lines and fulfillments within an order's REST-shaped payload."""

from decimal import Decimal
from typing import Any

from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.orders import Fulfillment, ShopLine, ShopOrder


def money_bag(amount: Decimal | str, currency: str) -> dict[str, dict[str, str]]:
    money = {"amount": f"{Decimal(amount):.2f}", "currency_code": currency}
    return {"shop_money": money, "presentment_money": dict(money)}


def line_item(order: ShopOrder, line: ShopLine) -> dict[str, Any]:
    spec = line.spec
    done, units = order.fulfilled(line), order.ordered(line)
    return {
        "id": line.line_id,
        "admin_graphql_api_id": gid("LineItem", line.line_id),
        "attributed_staffs": [],
        "current_quantity": order.current(line),
        "fulfillable_quantity": order.fulfillable(line),
        "fulfillment_service": "gift_card" if spec.gift_card else "manual",
        "fulfillment_status": None if not done else "fulfilled" if not order.fulfillable(line) else "partial",
        "gift_card": spec.gift_card,
        "grams": spec.grams,
        "name": spec.title,
        "price": f"{spec.unit_price:.2f}",
        "price_set": money_bag(spec.unit_price, order.spec.currency),
        "product_exists": True,
        "product_id": line.product_id,
        "properties": [{"name": name, "value": value} for name, value in spec.properties.items()],
        "quantity": units,
        "requires_shipping": spec.requires_shipping,
        "sales_line_item_group_id": None,
        "sku": spec.sku,
        "taxable": True,
        "title": spec.title,
        "total_discount": "0.00",
        "total_discount_set": money_bag("0", order.spec.currency),
        "variant_id": line.variant_id,
        "variant_inventory_management": "shopify",
        "variant_title": None,
        "vendor": None,
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    }


def shipping_line(order: ShopOrder) -> dict[str, Any]:
    free = money_bag("0", order.spec.currency)
    return {
        "id": order.order_id + 2,
        "carrier_identifier": None,
        "code": order.spec.service_level,
        "current_discounted_price_set": free,
        "discounted_price": "0.00",
        "discounted_price_set": free,
        "is_removed": False,
        "phone": None,
        "price": "0.00",
        "price_set": free,
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": order.spec.service_level.title(),
        "tax_lines": [],
        "discount_allocations": [],
    }


def fulfillment(done: Fulfillment) -> dict[str, Any]:
    return {
        "id": done.id,
        "admin_graphql_api_id": gid("Fulfillment", done.id),
        "created_at": done.created.isoformat(timespec="seconds"),
        "name": done.name,
        "order_id": done.order.order_id,
        "service": "manual",
        "shipment_status": None,
        "status": "success",
        "tracking_company": done.company,
        "tracking_number": done.numbers[0] if done.numbers else None,
        "tracking_numbers": list(done.numbers),
        "tracking_url": done.urls[0] if done.urls else None,
        "tracking_urls": list(done.urls),
        "updated_at": done.updated.isoformat(timespec="seconds"),
        "line_items": [line_item(done.order, line.line) | {"quantity": line.quantity} for line in done.lines],
    }
