"""One Multi-Channel Fulfillment order: what it is at any time, and where its packages are.

All of it is a function of the time since the order was received, so nothing runs in the background: Received, after a
third of `pick_seconds` Planning, after two thirds Processing, after all of it Complete. Then its packages are on their
way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from orderloom.sandbox.clock import iso_millis
from orderloom.sandbox.knobs import OutboundKnobs

_STEPS = ("Received", "Planning", "Processing")
STOPPABLE = _STEPS[:2]
SHIPPED_WITHIN = timedelta(days=3)
CARRIER = "AMZN_US"
_ENDS = {
    "DELIVERED": ("EVENT_301", "Delivered."),
    "UNDELIVERABLE": ("EVENT_409", "Lost by carrier."),
    "RETURNING": ("EVENT_408", "Returning to seller."),
}


@dataclass
class OutboundOrder:
    request: dict[str, Any]
    received: datetime
    knobs: OutboundKnobs
    boxes: list[list[dict[str, Any]]]
    """The items of each package."""
    tracking: list[str]
    relabelled: list[str]
    """Their tracking numbers once the carrier has changed them."""
    first_package: int
    """Package numbers count on from it, and are the seller's own."""
    asked: int = 1
    """How often it was created, refused repeats included."""
    cancelled: datetime | None = None
    relabelled_at: datetime | None = None
    arrived_at: datetime | None = None
    """Both as the control asks for; a way that the knobs end by themselves ends without."""

    @property
    def order_id(self) -> str:
        return str(self.request["sellerFulfillmentOrderId"])

    @property
    def shipped_at(self) -> datetime:
        return self.received + timedelta(seconds=self.knobs.pick_seconds)

    def packages(self, now: datetime) -> dict[int, str]:
        """Tracking numbers by package number, once it has left."""
        left = 1 if self.knobs.ends_as == "CompletePartialled" else len(self.boxes)
        labels = self.relabelled if self.relabelled_at else self.tracking
        return {self.first_package + place: labels[place] for place in range(left)}

    def arrived(self, now: datetime) -> datetime | None:
        """When the way of its packages ended; None while they are on it."""
        way = self.knobs.arrives_after_seconds
        end = self.shipped_at + timedelta(seconds=way) if way is not None else self.arrived_at
        return end if end and end <= now else None

    def status(self, now: datetime) -> tuple[str, datetime]:
        """The status, and since when."""
        if self.cancelled:
            return "Cancelled", self.cancelled
        if now >= self.shipped_at:
            return self.knobs.ends_as, self.shipped_at
        third = timedelta(seconds=self.knobs.pick_seconds) / len(_STEPS)
        step = min((now - self.received) // third, len(_STEPS) - 1)
        return _STEPS[step], self.received + step * third


def shipment(order: OutboundOrder, now: datetime) -> dict[str, Any]:
    numbered = order.packages(now)
    return {
        "amazonShipmentId": f"D{order.tracking[0][3:]}",
        "fulfillmentCenterId": "PHX7",
        "fulfillmentShipmentStatus": "SHIPPED",
        "shippingDate": iso_millis(order.shipped_at),
        "fulfillmentShipmentItem": [
            item | {"packageNumber": number}
            for (number, _), box in zip(numbered.items(), order.boxes, strict=False)
            for item in box
        ],
        "fulfillmentShipmentPackage": [
            {
                "packageNumber": number,
                "carrierCode": CARRIER,
                "trackingNumber": tracking,
                "estimatedArrivalDate": iso_millis(order.shipped_at + SHIPPED_WITHIN),
            }
            for number, tracking in numbered.items()
        ],
    }


def tracking(order: OutboundOrder, number: int, now: datetime) -> dict[str, Any]:
    """getPackageTrackingDetails of a package that has left."""
    arrived = order.arrived(now)
    city = {"city": "Troy", "state": "NY", "country": "US"}
    events = [_event(order.shipped_at, "EVENT_202", "Departure scan.", city)]
    if arrived:
        events.insert(0, _event(arrived, *_ENDS[order.knobs.arrives_as], city))
    address = order.request["destinationAddress"]
    return {
        "packageNumber": number,
        "trackingNumber": order.packages(now)[number],
        "carrierCode": CARRIER,
        "shipDate": iso_millis(order.shipped_at),
        "shipToAddress": {"city": address.get("city", ""), "state": "NY", "country": address["countryCode"]},
        "currentStatus": order.knobs.arrives_as if arrived else "IN_TRANSIT",
        "signedForBy": address["name"],
        "trackingEvents": events,
    }


def _event(at: datetime, code: str, text: str, city: dict[str, str]) -> dict[str, Any]:
    return {"eventDate": iso_millis(at), "eventAddress": city, "eventCode": code, "eventDescription": text}


def packed(items: Sequence[dict[str, Any]], packages: int) -> Iterator[list[dict[str, Any]]]:
    """Split the units over at most so many packages."""
    names = ("sellerSku", "sellerFulfillmentOrderItemId")
    units = [{name: item[name] for name in names} for item in items for _ in range(item["quantity"])]
    count = min(packages, len(units))
    for number in range(count):
        box = units[len(units) * number // count : len(units) * (number + 1) // count]
        yield [unit | {"quantity": len(list(same))} for unit, same in groupby(box)]
