"""Fulfillment Outbound 2020-07-01 as we read it (Amazon's model fulfillmentOutbound_2020-07-01.json).

Statuses are compared without case: the model's own example says PROCESSING where its enum says Processing. Addresses
are not read at all: what comes of an answer is free of personal data.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from orderloom.channels.amazon.mcf_request import item_id
from orderloom.channels.amazon.payload import AmazonModel
from orderloom.channels.wire import Amount, CurrencyCode, Many, Moment, Text, Units
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.money import Money
from orderloom.domain.nodes import ShippingOffer
from orderloom.domain.shipments import Arrival, NodeShipment, NodeState, Package, ShipmentEventKind, ShipmentLine

STOPPABLE = frozenset({"new", "received", "planning"})
"""Amazon cancels only while it has not begun to pick; it names Received and Planning, New comes before them."""
QUIET = STOPPABLE
"""Statuses that tell an order nothing new: it was accepted."""
_ENDS = {
    "complete": NodeState.SHIPPED,
    "cancelled": NodeState.CANCELLED,
    # What was not in a package will not come: a person or another node must see to it.
    "completepartialled": NodeState.CANCELLED,
    "unfulfillable": NodeState.REFUSED,
    "invalid": NodeState.REFUSED,
}
_DONE = frozenset({"complete", "completepartialled"})
_SHIPPED = "shipped"
_ARRIVALS: dict[str, Literal[ShipmentEventKind.DELIVERED, ShipmentEventKind.LOST]] = {
    "delivered": ShipmentEventKind.DELIVERED,
    "undeliverable": ShipmentEventKind.LOST,
}
"""CurrentStatus. The model: UNDELIVERABLE is "Undeliverable because package was lost or destroyed"."""
_HANDED_OVER = frozenset({"EVENT_301", "EVENT_801"})
"""Delivered; delivered to a locker."""


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


Status = Annotated[Text, BeforeValidator(_folded)]


class OutboundHead(AmazonModel):
    seller_fulfillment_order_id: Text
    fulfillment_order_status: Status
    status_updated_date: Moment


class ShippedItem(AmazonModel):
    seller_fulfillment_order_item_id: Text
    quantity: Units
    package_number: int | None = None


class ShippedPackage(AmazonModel):
    package_number: int
    carrier_code: Text
    tracking_number: Text | None = None
    amazon_fulfillment_tracking_number: Text | None = None

    @property
    def tracking(self) -> str:
        return self.tracking_number or self.amazon_fulfillment_tracking_number or ""


class OutboundShipment(AmazonModel):
    amazon_shipment_id: Text
    fulfillment_shipment_status: Status
    shipping_date: Moment | None = None
    fulfillment_shipment_item: Many[ShippedItem] = ()
    fulfillment_shipment_package: Many[ShippedPackage] = ()


_BEFORE_NUMBER = "-"


def package_number(package: Package) -> int:
    """Amazon's own number of a package that `OutboundOrder` told of."""
    return int(package.package_id.rpartition(_BEFORE_NUMBER)[2])


class OutboundOrder(AmazonModel):
    """getFulfillmentOrder."""

    fulfillment_order: OutboundHead
    fulfillment_shipments: Many[OutboundShipment] = ()

    @property
    def status(self) -> str:
        return self.fulfillment_order.fulfillment_order_status

    def to_domain(self, lines: tuple[ShipmentLine, ...]) -> NodeShipment:
        """`lines` are those of the dispatch. Raises UnreadableEvent for an item that was never asked for."""
        state = _ENDS.get(self.status, NodeState.ACCEPTED)
        return NodeShipment(
            dispatch_id=self.fulfillment_order.seller_fulfillment_order_id,
            state=state,
            reason=self.status if state in (NodeState.REFUSED, NodeState.CANCELLED) else "",
            packages=tuple(self._packages({item_id(line): line for line in lines})),
        )

    def _packages(self, asked: dict[str, ShipmentLine]) -> Iterator[Package]:
        """What has left. A box whose tracking number is still to come is told of with it, at the latest at the end."""
        for shipment in self.fulfillment_shipments:
            if shipment.fulfillment_shipment_status != _SHIPPED:
                continue
            boxes = shipment.fulfillment_shipment_package
            for box in boxes:
                lines = tuple(_lines(shipment, box, asked))
                if lines and (box.tracking or self.status in _DONE):
                    yield Package(
                        package_id=f"{shipment.amazon_shipment_id}{_BEFORE_NUMBER}{box.package_number}",
                        carrier=box.carrier_code,
                        tracking_number=box.tracking,
                        shipped_at=shipment.shipping_date or self.fulfillment_order.status_updated_date,
                        lines=lines,
                    )


class TrackingEvent(AmazonModel):
    event_code: Text
    event_date: Moment


class PackageTracking(AmazonModel):
    """getPackageTrackingDetails. Who signed for it, and where it went, is not read."""

    current_status: Status | None = None
    tracking_events: Many[TrackingEvent] = ()

    def arrival(self, package_id: str, now: datetime) -> Arrival | None:
        """None while it is on its way, which includes the way back to Amazon."""
        kind = _ARRIVALS.get(self.current_status or "")
        if kind is None:
            return None
        handed_over = [each.event_date for each in self.tracking_events if each.event_code in _HANDED_OVER]
        dates = handed_over or [each.event_date for each in self.tracking_events]
        return Arrival(package_id=package_id, kind=kind, at=max(dates, default=now))


class OutboundPage(AmazonModel):
    """listAllFulfillmentOrders."""

    fulfillment_orders: Many[OutboundHead] = ()
    next_token: Text | None = None


class Fee(AmazonModel):
    class Value(AmazonModel):
        currency_code: CurrencyCode
        value: Amount

    amount: Value


class PreviewShipment(AmazonModel):
    earliest_arrival_date: Moment | None = None
    latest_arrival_date: Moment | None = None


class UnfulfillableItem(AmazonModel):
    item_unfulfillable_reasons: Many[Text] = ()


class Preview(AmazonModel):
    shipping_speed_category: Text
    is_fulfillable: bool
    estimated_fees: Many[Fee] = ()
    fulfillment_preview_shipments: Many[PreviewShipment] = ()
    unfulfillable_preview_items: Many[UnfulfillableItem] = ()
    order_unfulfillable_reasons: Many[Text] = ()

    def to_domain(self) -> ShippingOffer:
        of_items = [reason for item in self.unfulfillable_preview_items for reason in item.item_unfulfillable_reasons]
        earliest = [s.earliest_arrival_date for s in self.fulfillment_preview_shipments if s.earliest_arrival_date]
        latest = [s.latest_arrival_date for s in self.fulfillment_preview_shipments if s.latest_arrival_date]
        fees = (Money(amount=fee.amount.value, currency=fee.amount.currency_code) for fee in self.estimated_fees)
        return ShippingOffer(
            speed=self.shipping_speed_category,
            is_possible=self.is_fulfillable,
            reasons=tuple(dict.fromkeys((*self.order_unfulfillable_reasons, *of_items))),
            fees=tuple(fees),
            arrives_earliest=min(earliest, default=None),
            arrives_latest=max(latest, default=None),
        )


class Previews(AmazonModel):
    """getFulfillmentPreview."""

    fulfillment_previews: Annotated[tuple[Preview, ...], Field(min_length=1)]


def _lines(shipment: OutboundShipment, box: ShippedPackage, asked: dict[str, ShipmentLine]) -> Iterator[ShipmentLine]:
    """What is in this box; items that name no box are in the shipment's first."""
    first = shipment.fulfillment_shipment_package[0].package_number
    units: dict[str, int] = {}
    for item in shipment.fulfillment_shipment_item:
        number = first if item.package_number is None else item.package_number
        if number == box.package_number:
            name = item.seller_fulfillment_order_item_id
            units[name] = units.get(name, 0) + item.quantity
    for name, quantity in units.items():
        if name not in asked:
            raise UnreadableEvent("sellerFulfillmentOrderItemId", "names an item that was not asked for")
        if quantity:
            yield asked[name].model_copy(update={"quantity": quantity})
