"""Which order a webhook is about. Each group of topics names it in its own place, and one names only part of it.

| topics | the order |
|---|---|
| `orders/*` | `id` |
| `orders/edited` | `order_edit.order_id` |
| `refunds/*` | `order_id` |
| `returns/*` | `order.id` or `order_id` |
| `fulfillment_orders/*` | mostly nowhere: the fulfillment order's gid alone, so Shopify has to be asked |

All of `fulfillment_orders/*` are hints: the order is read again. `cancellation_request_*` are not ours to answer: only
the app that hosts a fulfillment service may accept or reject one, and we ship from the merchant's own locations.
`cancelled` ends a fulfillment order and not the order: what was open in it is open again in another one.
"""

from orderloom.channels.shopify.payload import Number
from orderloom.channels.wire import Text, WireModel, read_body
from orderloom.domain.errors import UnreadableEvent

ORDER_TOPICS = frozenset({"orders/create", "orders/updated", "orders/edited", "orders/cancelled", "orders/paid"})
GROUPS = ("refunds/", "returns/", "fulfillment_orders/")
FULFILLMENT_ORDERS = "fulfillment_orders/"
_GID = "gid://shopify/FulfillmentOrder/"


class _Head(WireModel):
    id: Number | None = None
    order_id: Number | None = None


class _Edited(WireModel):
    order_edit: _Head


class _Returned(WireModel):
    order_id: Number | None = None
    order: _Head | None = None


class _FulfillmentOrder(WireModel):
    id: Text | Number | None = None
    order_id: Number | None = None


class _Moved(WireModel):
    """`moved` names two fulfillment orders of the same order, every other topic one."""

    order_id: Number | None = None
    fulfillment_order: _FulfillmentOrder | None = None
    original_fulfillment_order: _FulfillmentOrder | None = None
    moved_fulfillment_order: _FulfillmentOrder | None = None

    @property
    def named(self) -> list[_FulfillmentOrder]:
        every = (self.fulfillment_order, self.original_fulfillment_order, self.moved_fulfillment_order)
        return [one for one in every if one]


def is_acted_on(topic: str) -> bool:
    """Whether an order does something about it; any other topic is only kept."""
    return topic in ORDER_TOPICS or topic.startswith(GROUPS)


def order_number(topic: str, body: bytes) -> int | None:
    """None where it names none; raises UnreadableEvent where a topic that we act on should have named one."""
    if topic == "orders/edited":
        return _needed(read_body(_Edited, body).order_edit.order_id, "order_edit.order_id")
    if topic.startswith("orders/"):
        number = read_body(_Head, body).id
        return _needed(number, "id") if topic in ORDER_TOPICS else number
    if topic.startswith("refunds/"):
        return _needed(read_body(_Head, body).order_id, "order_id")
    if topic.startswith("returns/"):
        returned = read_body(_Returned, body)
        named = returned.order.id if returned.order else None
        return _needed(returned.order_id or named, "order_id")
    if topic.startswith(FULFILLMENT_ORDERS):
        return _of_fulfillment_order(body)
    read_body(WireModel, body)
    return None


def fulfillment_order_gid(body: bytes) -> str:
    """The fulfillment order that a `fulfillment_orders/*` body is about. Raises UnreadableEvent."""
    for one in read_body(_Moved, body).named:
        text = str(one.id or "")
        number = text.removeprefix(_GID)
        if number.isascii() and number.isdecimal():
            return f"{_GID}{number}"
    raise UnreadableEvent("fulfillment_order.id", "is missing or is no fulfillment order's gid")


def moved_fulfillment_order(body: bytes) -> str | None:
    """The number of the one that `fulfillment_orders/moved` says is at another location now, where it says so."""
    one = read_body(_Moved, body).moved_fulfillment_order
    number = str(one.id or "").removeprefix(_GID) if one else ""
    return number if number.isascii() and number.isdecimal() else None


def _of_fulfillment_order(body: bytes) -> int | None:
    moved = read_body(_Moved, body)
    number = moved.order_id or next((one.order_id for one in moved.named if one.order_id), None)
    if number is None:
        fulfillment_order_gid(body)
    return number


def _needed(number: int | None, field: str) -> int:
    if number is None:
        raise UnreadableEvent(field, "is missing")
    return number
