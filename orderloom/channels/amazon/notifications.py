"""What Amazon's notifications say (Notifications v1). Pure.

A notification is a hint: it may come twice, late, out of order or never, so nothing is taken from it but what to read
again. ORDER_CHANGE still speaks v0's words (Canceled, MFN), which are read like those of 2026. Amazon's own body comes
as it is over SQS; the wrappings of EventBridge and SNS are taken off. Shapes: schemas/notifications of
selling-partner-api-models.
"""

import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from orderloom.channels.amazon.words import shipped_by_amazon, state_of
from orderloom.channels.wire import Many, Moment, Text, WireModel, read_body
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import ChannelState

OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
_KNOWN_NAME = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,60}$")]


class NotificationKind(StrEnum):
    """What we subscribe to; each is its own topic in the event log."""

    ORDER_CHANGE = "ORDER_CHANGE"
    FULFILLMENT_ORDER_STATUS = "FULFILLMENT_ORDER_STATUS"
    LISTINGS_ITEM_MFN_QUANTITY_CHANGE = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"


class OrderChanged(Frozen):
    """ORDER_CHANGE. `state` and `by_amazon` are None where the words are none that we know: it is only a hint."""

    order_id: str
    change: str
    state: ChannelState | None
    by_amazon: bool | None
    buyer_asks_to_cancel: bool

    @property
    def concerns_the_order(self) -> bool:
        """A tip for the driver changes nothing that an order acts on."""
        return self.change != "DeliveryTipChange"

    def __str__(self) -> str:
        shipper = {True: "Amazon", False: "the merchant", None: "an unknown shipper"}[self.by_amazon]
        asks = ", the buyer asks to cancel" if self.buyer_asks_to_cancel else ""
        return f"{self.change}: {self.state or 'unknown state'}, fulfilled by {shipper}{asks}"


class FulfillmentOrderChanged(Frozen):
    """FULFILLMENT_ORDER_STATUS: a Multi-Channel Fulfillment order, by our dispatch id."""

    dispatch_id: str
    status: str


class QuantityChanged(Frozen):
    """LISTINGS_ITEM_MFN_QUANTITY_CHANGE: what a merchant-fulfilled listing shows now, in some marketplace."""

    sku: str
    quantity: int


class Notification(Frozen):
    """One notification of this seller."""

    notification_id: str
    kind: NotificationKind
    published_at: Utc | None
    content: OrderChanged | FulfillmentOrderChanged | QuantityChanged


class _Metadata(WireModel):
    notification_id: Annotated[Text, Field(alias="NotificationId", min_length=1, max_length=100)]
    published_at: Moment | None = Field(default=None, alias="PublishTime")


class _Envelope(WireModel):
    kind: _KNOWN_NAME = Field(alias="NotificationType")
    payload: dict[str, Any] = Field(alias="Payload")
    metadata: _Metadata = Field(alias="NotificationMetadata")


class _OrderItem(WireModel):
    asks_to_cancel: bool = Field(default=False, alias="IsBuyerRequestedCancel")


class _Summary(WireModel):
    status: Text = Field(default="", alias="OrderStatus")
    fulfilled_by: Text = Field(default="", alias="FulfillmentType")
    items: Many[_OrderItem] = Field(default=(), alias="OrderItems")


class _OrderChange(WireModel):
    seller_id: Text = Field(alias="SellerId")
    order_id: OrderId = Field(alias="AmazonOrderId")
    change: Text = Field(default="OrderStatusChange", alias="OrderChangeType")
    summary: _Summary = Field(default=_Summary(), alias="Summary")


class _OrderChangePayload(WireModel):
    content: _OrderChange = Field(alias="OrderChangeNotification")


class _FulfillmentOrder(WireModel):
    seller_id: Text = Field(alias="SellerId")
    dispatch_id: Annotated[Text, Field(alias="SellerFulfillmentOrderId", min_length=1, max_length=40)]
    status: Text = Field(default="", alias="FulfillmentOrderStatus")


class _FulfillmentOrderPayload(WireModel):
    content: _FulfillmentOrder = Field(alias="FulfillmentOrderStatusNotification")


class _Quantity(WireModel):
    seller_id: Text = Field(alias="SellerId")
    sku: Annotated[Text, Field(alias="Sku", min_length=1)]
    quantity: Annotated[int, Field(alias="Quantity", ge=0)]


def unwrapped(body: bytes) -> bytes:
    """The notification without the wrapping of EventBridge (`detail`) or SNS (`Message`). Raises UnreadableEvent."""
    try:
        document = json.loads(body)
    except ValueError:
        raise UnreadableEvent("body", "is not JSON") from None
    if not isinstance(document, dict):
        raise UnreadableEvent("body", "is no JSON object")
    if isinstance(document.get("detail"), dict) and "detail-type" in document:
        return json.dumps(document["detail"]).encode()
    if isinstance(document.get("Message"), str) and document.get("Type") == "Notification":
        return unwrapped(document["Message"].encode())
    return body


def notification_id_of(body: bytes) -> str | None:
    """The NotificationId of a body that may be unreadable otherwise."""
    try:
        return read_body(_Envelope, unwrapped(body)).metadata.notification_id
    except UnreadableEvent:
        return None


def read_notification(body: bytes, seller_id: str) -> Notification:
    """Raises UnreadableEvent: no notification, of a type that we do not subscribe to, or another seller's."""
    envelope = read_body(_Envelope, unwrapped(body))
    if envelope.kind not in set(NotificationKind):
        raise UnreadableEvent("NotificationType", f"{envelope.kind} is no type that we subscribe to")
    kind = NotificationKind(envelope.kind)
    seller, content = _READERS[kind](json.dumps(envelope.payload).encode())
    if seller != seller_id:
        raise UnreadableEvent("SellerId", f"is another seller's, and this queue is for {seller_id}")
    meta = envelope.metadata
    return Notification(
        notification_id=meta.notification_id, kind=kind, published_at=meta.published_at, content=content
    )


def _order_changed(payload: bytes) -> tuple[str, OrderChanged]:
    read = read_body(_OrderChangePayload, payload).content
    content = OrderChanged(
        order_id=read.order_id,
        change=read.change,
        state=state_of(read.summary.status),
        by_amazon=shipped_by_amazon(read.summary.fulfilled_by),
        buyer_asks_to_cancel=any(item.asks_to_cancel for item in read.summary.items),
    )
    return read.seller_id, content


def _fulfillment_order_changed(payload: bytes) -> tuple[str, FulfillmentOrderChanged]:
    read = read_body(_FulfillmentOrderPayload, payload).content
    return read.seller_id, FulfillmentOrderChanged(dispatch_id=read.dispatch_id, status=read.status)


def _quantity_changed(payload: bytes) -> tuple[str, QuantityChanged]:
    read = read_body(_Quantity, payload)
    return read.seller_id, QuantityChanged(sku=read.sku, quantity=read.quantity)


_READERS = {
    NotificationKind.ORDER_CHANGE: _order_changed,
    NotificationKind.FULFILLMENT_ORDER_STATUS: _fulfillment_order_changed,
    NotificationKind.LISTINGS_ITEM_MFN_QUANTITY_CHANGE: _quantity_changed,
}
