"""What Fulfillment Outbound 2020-07-01 is asked: bodies made of a dispatch, always the same for the same dispatch."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from orderloom.channels.amazon.sweep import as_iso
from orderloom.domain.errors import Rejected
from orderloom.domain.keys import Channel
from orderloom.domain.nodes import MultiChannel, SellerSkus
from orderloom.domain.orders import PersonalData
from orderloom.domain.shipments import DispatchRequest, ShipmentLine

COMMENT = "Thank you for your order."
"""Amazon demands a comment and prints it on the packing slip."""
_ADDRESS_LINES = 3
_MOST_LINES, _MOST_UNITS = 100, 250
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9#._-]+")
_ID_LIMIT = 40


def item_id(line: ShipmentLine) -> str:
    """Names one line of a dispatch, at most 50 characters: Amazon tells us by it what is in a box."""
    digest = hashlib.sha256(f"{line.line_id}\0{line.sku}".encode()).hexdigest()[:12]
    return f"{_NOT_PLAIN.sub('-', line.line_id)[:30]}-{digest}"


def check_is_ours_to_send(system: str, request: DispatchRequest) -> None:
    """Raises Rejected for what Multi-Channel Fulfillment must not or cannot take."""
    if request.channel is not Channel.SHOPIFY:
        raise Rejected(system, "NOT_A_SHOP_ORDER", "only Shopify orders go to Multi-Channel Fulfillment")
    if len(request.lines) > _MOST_LINES or sum(line.quantity for line in request.lines) > _MOST_UNITS:
        raise Rejected(system, "TOO_LARGE", f"Amazon takes {_MOST_LINES} lines and {_MOST_UNITS} units in one order")
    if not request.recipient.has_address or not request.recipient.postal_code:
        raise Rejected(system, "NO_ADDRESS", "a name, a street, a postal code and a country are needed")


def items(
    system: str, lines: tuple[ShipmentLine, ...], settings: MultiChannel, known: SellerSkus
) -> list[dict[str, Any]]:
    """Raises Rejected for a SKU whose seller SKU is not known, or not which of several."""
    names = known([line.sku for line in lines])
    return [
        {
            "sellerSku": _seller_sku(system, line.sku, settings, names),
            "sellerFulfillmentOrderItemId": item_id(line),
            "quantity": line.quantity,
        }
        for line in lines
    ]


def order_body(
    request: DispatchRequest, settings: MultiChannel, marketplace: str, asked: list[dict[str, Any]]
) -> dict[str, Any]:
    """createFulfillmentOrder. FillOrKill: what Amazon cannot ship whole, another node ships whole."""
    return {
        "marketplaceId": marketplace,
        "sellerFulfillmentOrderId": request.dispatch_id,
        "displayableOrderId": _NOT_PLAIN.sub("-", request.order_name)[:_ID_LIMIT] or request.dispatch_id,
        "displayableOrderDate": as_iso(request.placed_at) if request.placed_at else None,
        "displayableOrderComment": COMMENT,
        "shippingSpeedCategory": settings.speed(request.service_level),
        "fulfillmentAction": "Ship",
        "fulfillmentPolicy": "FillOrKill",
        "destinationAddress": _address(request.recipient),
        **_features(settings),
        "items": asked,
    }


def preview_body(
    request: DispatchRequest, settings: MultiChannel, marketplace: str, asked: list[dict[str, Any]]
) -> dict[str, Any]:
    """getFulfillmentPreview, for every speed that Amazon offers there."""
    address = _address(request.recipient)
    return {"marketplaceId": marketplace, "address": address, **_features(settings), "items": asked}


def quotes(recipient: PersonalData, text: str) -> bool:
    """Whether the text may repeat something of the buyer: then it must not be passed on."""
    words = [*recipient.model_dump(exclude={"address_lines", "country"}).values(), *recipient.address_lines]
    said = text.casefold()
    return any(len(word) > 2 and word.casefold() in said for word in words)


def _seller_sku(system: str, sku: str, settings: MultiChannel, names: Mapping[str, tuple[str, ...]]) -> str:
    if sku in settings.seller_skus:
        return settings.seller_skus[sku]
    found = names.get(sku, ())
    if len(found) == 1:
        return found[0]
    fix = f"write `seller_skus: {{{sku}: ...}}` under multi_channel"
    if not found:
        why = f"{sku} has no listing of one unit at {settings.account}; map one with `orderloom skus import` or {fix}"
        raise Rejected(system, "NO_SELLER_SKU", why)
    raise Rejected(system, "SELLER_SKU_UNCLEAR", f"{sku} is {' and '.join(found)} at {settings.account}; {fix}")


def _features(settings: MultiChannel) -> dict[str, Any]:
    if not settings.blank_box:
        return {}
    return {"featureConstraints": [{"featureName": "BLANK_BOX", "featureFulfillmentPolicy": "Required"}]}


def _address(to: PersonalData) -> dict[str, str]:
    room = len(to.address_lines) < _ADDRESS_LINES
    company = [to.company] if to.company and to.name and room else []
    lines = [*company, *to.address_lines]
    # What does not fit in three lines is not cut off: it goes to the end of the third.
    lines = [*lines[: _ADDRESS_LINES - 1], ", ".join(lines[_ADDRESS_LINES - 1 :])]
    address = {
        "name": to.name or to.company,
        **{f"addressLine{number}": line for number, line in enumerate(lines, 1)},
        "city": to.city,
        "districtOrCounty": to.district,
        "stateOrRegion": to.region,
        "postalCode": to.postal_code,
        "countryCode": to.country,
        "phone": to.phone,
    }
    return {field: value for field, value in address.items() if value}
