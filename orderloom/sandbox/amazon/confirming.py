"""v0 shipmentConfirmation: the seller tells Amazon of one package.

packageReferenceId is the seller's own name for the package: the same one again edits the package, another one is
another package. Messages in quotes in the facts are Amazon's own (models#5037, #5094; jlevers#489).
"""

import json
from datetime import datetime
from typing import Any

from orderloom.sandbox.amazon.orders import AmazonOrder, AmazonPackage, AmazonSeller
from orderloom.sandbox.amazon.refusals import invalid_input
from orderloom.sandbox.mails import BuyerMail, Mail

_NOTHING_LEFT = (
    "Failed to create package due to not finding a matching package or order already fulfilled.  "
    "ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order (), "
    "errorMetric=PackageToUpdateNotFound, packageIndex=null)"
)


def confirm_shipment(seller: AmazonSeller, order_id: str, body: bytes, now: datetime) -> None:
    """Create or edit one package; raises Refusal (400, 404)."""
    detail, marketplace = _read(body)
    order = seller.find(order_id)
    _check_order(order, marketplace)
    reference = detail["packageReferenceId"]
    known = order.packages.get(reference)
    if known is None and order.status == "SHIPPED":
        raise invalid_input(_NOTHING_LEFT)
    items = _items(detail["orderItems"])
    _check_quantities(order, items, known)
    order.packages[reference] = AmazonPackage(
        reference=reference,
        carrier=detail.get("carrierName") or detail["carrierCode"],
        tracking_number=detail["trackingNumber"],
        shipping_method=detail.get("shippingMethod"),
        shipped_at=detail["shipDate"],
        created_at=known.created_at if known else now,
        items=items,
        edits=known.edits + 1 if known else 0,
    )
    if known is None:
        # Amazon writes by itself, whatever the seller wishes.
        order.mails.append(BuyerMail(Mail.SHIPPED, detail["trackingNumber"], now))
    order.settle_status()
    seller.touch(order)


def _read(body: bytes) -> tuple[dict[str, Any], str]:
    try:
        request = json.loads(body)
    except ValueError:
        raise invalid_input("Request body is not valid JSON.") from None
    if not isinstance(request, dict):
        raise invalid_input("Request body is not valid JSON.")
    marketplace = _text(request, "marketplaceId", "marketplaceId")
    detail = request.get("packageDetail")
    if not isinstance(detail, dict):
        raise invalid_input("Missing required field [packageDetail].")
    _check_reference(detail)
    for name in ("carrierCode", "trackingNumber", "shipDate"):
        _text(detail, name, f"packageDetail.{name}")
    _check_ship_date(detail["shipDate"])
    if detail["carrierCode"] == "Other":
        _text(detail, "carrierName", "packageDetail.carrierName")
    return detail, marketplace


def _text(given: dict[str, Any], name: str, path: str) -> str:
    value = given.get(name)
    if value is None or value == "":
        raise invalid_input(f"Missing required field [{path}].")
    if not isinstance(value, str):
        raise invalid_input(f"invalid type [{path}]")
    return value


def _check_reference(detail: dict[str, Any]) -> None:
    reference = detail.get("packageReferenceId")
    if reference is not None and not isinstance(reference, str):
        raise invalid_input("invalid type [packageDetail.packageReferenceId]")
    if not reference or not reference.isdecimal() or int(reference) == 0:
        raise invalid_input("PackageReferenceId: is invalid, must be a positive numeric value.")


def _check_ship_date(text: str) -> None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise invalid_input("ShipDate: is invalid, must be an ISO 8601 date.") from None


def _items(given: Any) -> dict[str, int]:
    if not isinstance(given, list) or not given:
        raise invalid_input("Missing required field [packageDetail.orderItems].")
    items: dict[str, int] = {}
    for item in given:
        units = item.get("quantity") if isinstance(item, dict) else None
        if not isinstance(units, int) or isinstance(units, bool) or units < 1:
            raise invalid_input("invalid value [packageDetail.orderItems.quantity]")
        item_id = _text(item, "orderItemId", "packageDetail.orderItems.orderItemId")
        items[item_id] = items.get(item_id, 0) + units
    return items


def _check_order(order: AmazonOrder, marketplace: str) -> None:
    if marketplace != order.marketplace:
        raise invalid_input("Invalid marketplaceId for this order.")
    if order.by_amazon:
        raise invalid_input("Order is fulfilled by Amazon; shipment confirmation is not allowed.")
    if "FBM_SHIP_PLUS" in order.programs:
        raise invalid_input("Ship+ orders are confirmed automatically; shipment confirmation is not allowed.")
    if order.status in ("PENDING", "PENDING_AVAILABILITY", "CANCELLED"):
        raise invalid_input(f"Order in status {order.status} cannot be confirmed as shipped.")


def _check_quantities(order: AmazonOrder, items: dict[str, int], edited: AmazonPackage | None) -> None:
    ordered = {item.item_id: item.quantity for item in order.items}
    for item_id, units in items.items():
        if item_id not in ordered:
            raise invalid_input("Invalid order item for this order.", f"orderItemId {item_id}")
        before = edited.items.get(item_id, 0) if edited else 0
        if units > ordered[item_id] - order.fulfilled(item_id) + before:
            raise invalid_input("Quantity exceeds the unshipped quantity of the order item.", f"orderItemId {item_id}")
