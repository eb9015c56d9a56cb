"""An order as Shopify's webhooks write it: REST-shaped JSON with the keys of Shopify's own 2025 sample.

checkout_id is left out: it left order webhooks with version 2026-04.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from orderloom.sandbox.people import Person
from orderloom.sandbox.shopify import aftermath_payloads
from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.line_payloads import fulfillment, line_item, money_bag, shipping_line
from orderloom.sandbox.shopify.orders import ShopOrder


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def order_payload(order: ShopOrder, shop: str) -> dict[str, Any]:
    return (
        _identity(order, shop)
        | _state(order)
        | _amounts(order)
        | _persons(order)
        | {
            "discount_applications": [],
            "fulfillments": [fulfillment(done) for done in order.fulfillments],
            "line_items": [line_item(order, line) for line in order.lines],
            "payment_terms": None,
            "refunds": [aftermath_payloads.refund(order, done) for done in order.refunds],
            "shipping_lines": [shipping_line(order)],
            "returns": [aftermath_payloads.return_ended(order, opened) for opened in order.returns],
        }
    )


def _identity(order: ShopOrder, shop: str) -> dict[str, Any]:
    spec = order.spec
    token = f"{order.order_id:x}"
    return {
        "id": order.order_id,
        "admin_graphql_api_id": gid("Order", order.order_id),
        "app_id": spec.app_id,
        "browser_ip": None,
        "cart_token": None,
        "checkout_token": None,
        "client_details": None,
        "confirmation_number": None,
        "customer_locale": "en",
        "device_id": None,
        "landing_site": None,
        "landing_site_ref": None,
        "location_id": None,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "merchant_of_record_app_id": None,
        "name": order.name,
        "number": order.number - 1000,
        "order_number": order.number,
        "order_status_url": f"https://{shop}/{order.order_id}/orders/{token}/authenticate?key={token}",
        "payment_gateway_names": ["bogus"],
        "po_number": None,
        "reference": None,
        "referring_site": None,
        "source_identifier": spec.source_identifier,
        "source_name": spec.source_name,
        "source_url": None,
        "token": token,
        "user_id": None,
    }


def _state(order: ShopOrder) -> dict[str, Any]:
    spec = order.spec
    cancelled = _time(order.cancelled) if order.cancelled else None
    status = {"UNFULFILLED": None, "PARTIALLY_FULFILLED": "partial", "FULFILLED": "fulfilled"}
    return {
        "buyer_accepts_marketing": False,
        "cancel_reason": order.cancel_reason if cancelled else None,
        "cancelled_at": cancelled,
        "closed_at": None,
        "confirmed": True,
        "created_at": _time(order.created),
        "currency": spec.currency,
        "discount_codes": [],
        "duties_included": False,
        "estimated_taxes": False,
        "financial_status": order.payment,
        "fulfillment_status": status.get(order.fulfillment_status),
        "note_attributes": [],
        "presentment_currency": spec.currency,
        "processed_at": _time(order.created),
        "tags": ", ".join(spec.tags),
        "tax_exempt": False,
        "tax_lines": [],
        "taxes_included": False,
        "test": spec.test,
        "total_weight": order.grams,
        "updated_at": _time(order.updated),
    }


def _amounts(order: ShopOrder) -> dict[str, Any]:
    currency, total = order.spec.currency, order.total
    zero = ("current_total_discounts", "current_total_tax", "total_discounts", "total_tax")
    full = ("current_subtotal_price", "current_total_price", "subtotal_price", "total_line_items_price", "total_price")
    amounts: dict[str, Any] = {}
    for names, amount in ((zero, Decimal()), (full, total)):
        for name in names:
            amounts |= {name: f"{amount:.2f}", f"{name}_set": money_bag(amount, currency)}
    for name in ("additional_fees", "duties"):
        amounts |= {f"current_total_{name}_set": None, f"original_total_{name}_set": None}
    return amounts | {
        "current_shipping_price_set": money_bag("0", currency),
        "total_shipping_price_set": money_bag("0", currency),
        "total_cash_rounding_payment_adjustment_set": money_bag("0", currency),
        "total_cash_rounding_refund_adjustment_set": money_bag("0", currency),
        "total_outstanding": "0.00" if order.payment == "paid" else f"{total:.2f}",
        "total_tip_received": "0.00",
    }


def _persons(order: ShopOrder) -> dict[str, Any]:
    person = order.person
    address = _address(person) if order.spec.has_address else None
    return {
        "contact_email": person.email,
        "email": person.email,
        "phone": None,
        "note": person.note if order.spec.with_note else None,
        "billing_address": address,
        "shipping_address": dict(address) if address and order.requires_shipping else None,
        "customer": _customer(order),
    }


def _address(person: Person) -> dict[str, Any]:
    return {
        "first_name": person.first_name,
        "address1": person.street,
        "phone": person.phone,
        "city": person.city,
        "zip": person.postal_code,
        "province": person.region_name,
        "country": person.country_name,
        "last_name": person.last_name,
        "address2": person.unit,
        "company": None,
        "latitude": None,
        "longitude": None,
        "name": person.name,
        "country_code": person.country,
        "province_code": person.region,
    }


def _customer(order: ShopOrder) -> dict[str, Any]:
    person = order.person
    customer_id = order.order_id + 1
    address = {name: value for name, value in _address(person).items() if name not in ("latitude", "longitude")}
    return {
        "id": customer_id,
        "email": person.email,
        "created_at": _time(order.created),
        "updated_at": _time(order.created),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "phone": person.phone,
        "currency": order.spec.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", customer_id),
        "default_address": address
        | {"id": customer_id, "customer_id": customer_id, "country_name": person.country_name, "default": True},
    }
