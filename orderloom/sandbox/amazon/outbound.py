"""One seller's Multi-Channel Fulfillment orders (Fulfillment Outbound 2020-07-01).

What one order is at any time is in `outbound_orders`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from orderloom.sandbox.amazon.catalog import Catalog
from orderloom.sandbox.amazon.outbound_orders import STOPPABLE, OutboundOrder, packed, shipment, tracking
from orderloom.sandbox.amazon.refusals import Refusal, invalid_input
from orderloom.sandbox.clock import Clock, iso_millis
from orderloom.sandbox.knobs import Fate, OutboundKnobs
from orderloom.sandbox.listing_truth import Why

_ECHOED = (
    "displayableOrderId",
    "displayableOrderDate",
    "displayableOrderComment",
    "shippingSpeedCategory",
    "destinationAddress",
    "fulfillmentAction",
    "fulfillmentPolicy",
    "featureConstraints",
)
_FIRST_PACKAGE = 212794001


@dataclass
class Outbound:
    """The orders of one seller, by sellerFulfillmentOrderId."""

    marketplace: str
    clock: Clock
    fate: Fate
    dice: Random
    catalog: Catalog
    orders: dict[str, OutboundOrder] = field(default_factory=dict)

    def create(self, request: dict[str, Any]) -> None:
        """Raises Refusal (400), for an id that came before too."""
        _check(request)
        name = request["sellerFulfillmentOrderId"]
        if name in self.orders:
            self.orders[name].asked += 1
            raise invalid_input(f"Order {name} already exists.")
        knobs = self.fate.knobs.outbound
        for item in request["items"]:
            if item["sellerSku"] in knobs.unknown_skus:
                raise invalid_input(f"Seller SKU {item['sellerSku']} is not known to fulfillment.")
        boxes = list(packed(request["items"], knobs.packages))
        labels, new_labels = ([f"TBA{self.dice.randrange(10**12):012d}" for _ in boxes] for _ in range(2))
        first = _FIRST_PACKAGE + sum(len(order.boxes) for order in self.orders.values())
        order = OutboundOrder(request, self.clock.now(), knobs, boxes, labels, new_labels, first)
        self.orders[name] = order
        for item in request["items"]:
            self.catalog.sell(
                name, self.marketplace, item["sellerSku"], item["quantity"], by_amazon=True, why=Why.OUTBOUND
            )
        self.catalog.ends_at(name, order.shipped_at, ships=knobs.ends_as.startswith("Complete"))

    def find(self, name: str) -> OutboundOrder:
        """Raises Refusal (404)."""
        if name not in self.orders:
            raise Refusal(404, "NotFound", "Requested resource is not found.", f"Order {name} was not found.")
        return self.orders[name]

    def cancel(self, name: str) -> None:
        """Raises Refusal (400) where Amazon has begun to pick."""
        order = self.find(name)
        if order.status(self.clock.now())[0] not in STOPPABLE:
            raise invalid_input(f"Order {name} can no longer be cancelled.")
        order.cancelled = self.clock.now()
        self.catalog.give_back(name)

    def changed_since(self, since: datetime) -> list[OutboundOrder]:
        now = self.clock.now()
        return [order for order in self.orders.values() if order.status(now)[1] >= since]

    def head(self, order: OutboundOrder) -> dict[str, Any]:
        status, since = order.status(self.clock.now())
        return {
            "sellerFulfillmentOrderId": order.order_id,
            "marketplaceId": order.request.get("marketplaceId", self.marketplace),
            **{name: order.request[name] for name in _ECHOED if name in order.request},
            "receivedDate": iso_millis(order.received),
            "fulfillmentOrderStatus": status,
            "statusUpdatedDate": iso_millis(since),
        }

    def document(self, order: OutboundOrder) -> dict[str, Any]:
        status, _ = order.status(self.clock.now())
        items = [
            {
                **{name: item[name] for name in ("sellerSku", "sellerFulfillmentOrderItemId", "quantity")},
                "cancelledQuantity": item["quantity"] if status == "Cancelled" else 0,
                "unfulfillableQuantity": item["quantity"] if status == "Unfulfillable" else 0,
            }
            for item in order.request["items"]
        ]
        return {
            "fulfillmentOrder": self.head(order),
            "fulfillmentOrderItems": items,
            "fulfillmentShipments": [shipment(order, self.clock.now())] if status.startswith("Complete") else [],
            "returnItems": [],
            "returnAuthorizations": [],
        }

    def relabel(self, name: str) -> None:
        """Raises Refusal: 404, or 409 before it has left."""
        self._left(name).relabelled_at = self.clock.now()

    def arrive(self, name: str) -> None:
        """Raises Refusal: 404, or 409 before it has left."""
        self._left(name).arrived_at = self.clock.now()

    def _left(self, name: str) -> OutboundOrder:
        order = self.find(name)
        if not order.status(self.clock.now())[0].startswith("Complete"):
            raise Refusal(409, "Conflict", "Nothing has left.", f"Nothing of order {name} has left.")
        return order

    def track(self, number: int) -> dict[str, Any]:
        """Raises Refusal (404) for a package that has not left."""
        now = self.clock.now()
        for order in self.orders.values():
            if order.status(now)[0].startswith("Complete") and number in order.packages(now):
                return tracking(order, number, now)
        raise Refusal(404, "NotFound", "Requested resource is not found.", f"Package {number} was not found.")

    def preview(self, request: dict[str, Any]) -> dict[str, Any]:
        """One preview a speed: the faster, the dearer."""
        knobs, now = self.fate.knobs.outbound, self.clock.now()
        reasons = _unfulfillable(request, knobs)
        extra = knobs.surcharges.get(request["address"].get("stateOrRegion", ""), 0.0)
        speeds = request.get("shippingSpeedCategories") or ["Standard", "Expedited", "Priority"]
        days = {"Standard": 5, "Expedited": 3, "Priority": 2}
        units = sum(item["quantity"] for item in request["items"])
        return {
            "fulfillmentPreviews": [
                {
                    "shippingSpeedCategory": speed,
                    "isFulfillable": not reasons,
                    "isCODCapable": False,
                    "marketplaceId": self.marketplace,
                    "estimatedFees": [] if reasons else _fees(units, days[speed], extra),
                    "fulfillmentPreviewShipments": [] if reasons else [_promise(request, now, days[speed])],
                    "orderUnfulfillableReasons": reasons,
                }
                for speed in speeds
            ]
        }


def _unfulfillable(request: dict[str, Any], knobs: OutboundKnobs) -> list[str]:
    reasons = []
    if any(item["sellerSku"] in knobs.unknown_skus for item in request["items"]):
        reasons.append("NoInventory")
    if request["address"].get("stateOrRegion") in knobs.unreached_regions:
        reasons.append("DeliverySLAUnavailable")
    return reasons


def _fees(units: int, days: int, extra: float) -> list[dict[str, Any]]:
    per_unit = {"currencyCode": "USD", "value": f"{units * 1.5:.2f}"}
    return [
        {"name": "FBAPerUnitFulfillmentFee", "amount": per_unit},
        {"name": "FBATransportationFee", "amount": {"currencyCode": "USD", "value": f"{20 / days + extra:.2f}"}},
    ]


def _promise(request: dict[str, Any], now: datetime, days: int) -> dict[str, Any]:
    names = ("sellerSku", "sellerFulfillmentOrderItemId", "quantity")
    return {
        "earliestArrivalDate": iso_millis(now + timedelta(days=days - 1)),
        "latestArrivalDate": iso_millis(now + timedelta(days=days)),
        "fulfillmentPreviewItems": [{name: item[name] for name in names} for item in request["items"]],
    }


def _check(request: dict[str, Any]) -> None:
    """What the model requires (CreateFulfillmentOrderRequest)."""
    texts = {"sellerFulfillmentOrderId": 40, "displayableOrderId": 40, "displayableOrderComment": 750}
    for name, longest in texts.items():
        if not isinstance(request.get(name), str) or not 0 < len(request[name]) <= longest:
            raise invalid_input(f"{name} is missing or too long.")
    if not isinstance(request.get("displayableOrderDate"), str):
        raise invalid_input("displayableOrderDate is missing.")
    if request.get("shippingSpeedCategory") not in ("Standard", "Expedited", "Priority", "ScheduledDelivery"):
        raise invalid_input("shippingSpeedCategory is missing or unknown.")
    check_destination(request.get("destinationAddress"))
    check_items(request.get("items"))


def check_destination(address: Any) -> None:
    missing = [
        name
        for name in ("name", "addressLine1", "postalCode", "countryCode")
        if not isinstance(address, dict) or not address.get(name)
    ]
    if missing:
        raise invalid_input(f"Address lacks {', '.join(missing)}.")


def check_items(items: Any) -> None:
    if not isinstance(items, list) or not items:
        raise invalid_input("items is missing.")
    for item in items:
        texts = [item.get(name) for name in ("sellerSku", "sellerFulfillmentOrderItemId")]
        if not all(isinstance(text, str) and 0 < len(text) <= 50 for text in texts):
            raise invalid_input("An item's sellerSku or sellerFulfillmentOrderItemId is missing or too long.")
        if not isinstance(item.get("quantity"), int) or item["quantity"] < 1:
            raise invalid_input("An item's quantity must be a positive integer.")
