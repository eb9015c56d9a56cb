"""The parts of an orders/create payload that we read: Shopify's REST-shaped JSON, with its own snake_case names."""

from typing import Annotated, Any

from pydantic import Field

from orderloom.channels.wire import Amount, CurrencyCode, Many, Moment, Text, Units, WireModel

Number = Annotated[int, Field(strict=True, gt=0, le=10**30)]
"""Shopify's ids. They may exceed 2^53, so they are never read as floats."""
Grams = Annotated[int, Field(strict=True, ge=0, le=10**9)]


class NoteAttribute(WireModel):
    name: Any = None
    value: Any = None


class Address(WireModel):
    first_name: Text | None = None
    last_name: Text | None = None
    name: Text | None = None
    company: Text | None = None
    address1: Text | None = None
    address2: Text | None = None
    city: Text | None = None
    province: Text | None = None
    province_code: Text | None = None
    zip: Text | None = None
    country: Text | None = None
    country_code: Text | None = None
    phone: Text | None = None


class Customer(WireModel):
    email: Text | None = None
    phone: Text | None = None


class ShippingLine(WireModel):
    title: Text | None = None
    code: Text | None = None


class LineItem(WireModel):
    id: Number
    variant_id: Number | None = None
    sku: Text | None = None
    title: Text | None = None
    variant_title: Text | None = None
    quantity: Units
    current_quantity: Units | None = None
    """Ordered less removed; absent before 2024."""
    fulfillable_quantity: Units | None = None
    """Units that still wait for a fulfillment."""
    fulfillment_status: Text | None = None
    grams: Grams | None = None
    price: Amount | None = None
    requires_shipping: bool | None = None
    gift_card: bool | None = None
    tip: Any = None
    """Present on a tip only."""


class FulfilledLine(WireModel):
    id: Number
    quantity: Units


class Fulfillment(WireModel):
    status: Text | None = None
    line_items: Many[FulfilledLine] = ()


class Related(WireModel):
    id: Number


class RefundedLine(WireModel):
    id: Number
    line_item_id: Number
    quantity: Units
    restock_type: Text | None = None
    """`return` for units that had left, `cancel` for units that had not, `no_restock` for either."""
    location_id: Number | None = None
    """Where the units were put back on sale."""


class Refund(WireModel):
    id: Number
    created_at: Moment
    return_: Related | None = Field(default=None, alias="return")
    """The return that it is the money of. Absent is unknown, null is none."""
    refund_line_items: Many[RefundedLine] = ()


class Disposition(WireModel):
    """What became of goods of a return that arrived. Only a re-read order has it."""

    id: Number
    line_item_id: Number
    quantity: Units
    type: Text
    reason: Text = ""
    location_id: Number | None = None
    created_at: Moment


class Return(WireModel):
    id: Number
    status: Text | None = None
    dispositions: tuple[Disposition, ...] | None = None
    """None where the body does not say."""


class OpenUnits(WireModel):
    id: Number
    """The order's line."""
    remaining: Units


class OpenFulfillmentOrder(WireModel):
    id: Number | None = None
    status: Text
    hold_reasons: Many[Text] = ()
    location_id: Number | None = None
    line_items: Many[OpenUnits] = ()


class OrderHead(WireModel):
    id: Number


class OrderPayload(OrderHead):
    name: Text | None = None
    created_at: Moment
    updated_at: Moment | None = None
    cancelled_at: Moment | None = None
    test: bool | None = None
    financial_status: Text | None = None
    currency: CurrencyCode | None = None
    total_price: Amount | None = None
    tags: Text | None = None
    note: Text | None = None
    note_attributes: Many[NoteAttribute] = ()
    email: Text | None = None
    contact_email: Text | None = None
    phone: Text | None = None
    app_id: Number | None = None
    source_name: Text | None = None
    source_identifier: Text | None = None
    company: Any = None
    """Set on an order of a business (B2B), null on any other, absent where it was not read."""
    customer: Customer | None = None
    shipping_address: Address | None = None
    shipping_lines: Many[ShippingLine] = ()
    line_items: tuple[LineItem, ...]
    fulfillments: Many[Fulfillment] = ()
    refunds: Many[Refund] = ()
    returns: Many[Return] = ()
    fulfillment_orders: tuple[OpenFulfillmentOrder, ...] | None = None
    """Only a re-read order has them."""
    not_read: Many[Text] = ()
    """What a re-read had to leave out, because the merchant has not granted the scope that it needs."""
    cut_off: Many[Text] = ()
    """What the order has more of than a re-read shows."""
