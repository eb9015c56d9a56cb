"""confirmShipment (Orders v0): tell Amazon of one package.

It has no idempotency key, but the packageReferenceId names the package within its order: the same one again edits the
same package. It is made of the package's number, so repeating a confirmation whose answer was lost is safe.
"""

from typing import Any

from sp_api.api import OrdersV0, OrdersV20260101

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.payload import AmazonModel, OrderPackage
from orderloom.channels.amazon.sweep import as_iso, canonical
from orderloom.channels.wire import Many, read_body, same_tracking_number
from orderloom.domain.carriers import OTHER, carrier_of
from orderloom.domain.errors import OutcomeUnknown, Rejected, Unavailable, UnreadableEvent
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, Package

_ALREADY_FULFILLED = ("packagetoupdatenotfound", "not finding a matching package", "already fulfilled")
"""What Amazon says, in code or message, where the order is fully shipped by packages of other references."""


class _Packages(AmazonModel):
    packages: Many[OrderPackage] = ()


def confirm(partner: SellingPartner, confirmation: Confirmation, marketplace: str) -> ConfirmationReceipt:
    """Confirm one package. Raises Rejected where Amazon refuses it and does not hold this tracking number already."""
    body = confirmation_body(confirmation, marketplace)
    reference = str(confirmation.number)
    order_id = confirmation.key.order_id
    try:
        answer = partner.call(
            OrdersV0, errors.CONFIRM_SHIPMENT, lambda client: client.confirm_shipment(order_id, **body)
        )
    except Rejected as refusal:
        if _says_fulfilled(refusal) and _is_there(partner, order_id, confirmation.package):
            return ConfirmationReceipt(reference=reference, already_there=True)
        raise
    if answer.payload.get("status_code") != 204:
        raise OutcomeUnknown(partner.system, "confirmShipment did not answer 204")
    return ConfirmationReceipt(reference=reference)


def confirmation_body(confirmation: Confirmation, marketplace: str) -> dict[str, Any]:
    """The documented body. The packageReferenceId is a string of digits: Amazon refuses a number and other text."""
    package = confirmation.package
    detail: dict[str, Any] = {
        "packageReferenceId": str(confirmation.number),
        **_carrier(confirmation),
        "trackingNumber": package.tracking_number,
        "shipDate": as_iso(package.shipped_at),
        "orderItems": [{"orderItemId": line.line_id, "quantity": line.quantity} for line in confirmation.lines],
    }
    if package.service:
        detail["shippingMethod"] = package.service
    return {"marketplaceId": marketplace, "packageDetail": detail}


def _carrier(confirmation: Confirmation) -> dict[str, str]:
    carrier = confirmation.carrier or carrier_of(confirmation.package.carrier)
    if carrier and carrier.amazon:
        return {"carrierCode": carrier.amazon}
    return {"carrierCode": OTHER, "carrierName": carrier.shopify if carrier else confirmation.package.carrier}


def _says_fulfilled(refusal: Rejected) -> bool:
    words = refusal.detail.lower()
    return any(phrase in words for phrase in _ALREADY_FULFILLED)


def _is_there(partner: SellingPartner, order_id: str, package: Package) -> bool:
    """Whether Amazon already shows a package with this tracking number."""
    answer = partner.call(
        OrdersV20260101, errors.GET_ORDER, lambda client: client.get_order(order_id, includedData=["PACKAGES"])
    )
    try:
        order = read_body(_Packages, canonical(answer.payload.get("order")))
    except UnreadableEvent as unreadable:
        raise Unavailable(partner.system, f"getOrder answered badly: {unreadable}") from None
    return any(same_tracking_number(known.tracking_number, package.tracking_number) for known in order.packages)
