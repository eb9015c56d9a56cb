"""The answers to our GraphQL documents, typed. Fields that stand for a field of the REST payload carry its name."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from orderloom.channels.wire import Many, Moment, WireModel

Node = TypeVar("Node")


class GraphQLModel(WireModel):
    model_config = ConfigDict(alias_generator=to_camel)


class PageInfo(GraphQLModel):
    has_next_page: bool = False
    end_cursor: str | None = None


class Page(GraphQLModel, Generic[Node]):
    nodes: tuple[Node, ...]
    page_info: PageInfo = PageInfo()

    @property
    def next_cursor(self) -> str | None:
        return self.page_info.end_cursor if self.page_info.has_next_page else None


def _is_gid(gid: str) -> str:
    digits = gid.rpartition("/")[2]
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError("is no Shopify gid")
    return gid


class Named(GraphQLModel):
    """Something with a gid, e.g. `gid://shopify/Order/1001`."""

    id: Annotated[str, AfterValidator(_is_gid)]

    @property
    def number(self) -> int:
        """The number at the end of the gid, which REST calls the id."""
        return int(self.id.rpartition("/")[2])


def variant_name(number: int) -> str:
    """What a variant is called where its SKU does not name it alone, on an order's line and in the catalogue."""
    return f"variant:{number}"


class Amount(GraphQLModel):
    amount: str


class MoneyBag(GraphQLModel):
    shop_money: Amount


class Weight(GraphQLModel):
    unit: str
    value: float


class NoteAttribute(GraphQLModel):
    name: str = Field(alias="key")
    value: str | None = None


class Address(GraphQLModel):
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country: str | None = None
    country_code: str | None = Field(default=None, alias="countryCodeV2")
    phone: str | None = None


class ShippingLine(GraphQLModel):
    title: str | None = None
    code: str | None = None


class Line(Named):
    sku: str | None = None
    title: str | None = None
    variant_title: str | None = None
    quantity: int
    current_quantity: int
    fulfillable_quantity: int = Field(alias="unfulfilledQuantity")
    requires_shipping: bool
    gift_card: bool = Field(alias="isGiftCard")
    weight: Weight | None = None
    original_unit_price_set: MoneyBag
    variant: Named | None = None


class FulfillmentHead(Named):
    status: str


class Hold(GraphQLModel):
    reason: str


class FulfillmentOrderLine(Named):
    remaining_quantity: int
    line_item: Named


class AssignedLocation(GraphQLModel):
    location: Named | None = None


class FulfillmentOrder(Named):
    status: str
    assigned_location: AssignedLocation
    line_items: Page[FulfillmentOrderLine]
    fulfillment_holds: tuple[Hold, ...] = ()
    """Only where they were asked for."""


class OrderAnswer(Named):
    name: str
    created_at: str
    updated_at: str
    cancelled_at: str | None = None
    test: bool
    confirmed: bool
    financial_status: str | None = Field(default=None, alias="displayFinancialStatus")
    currency: str = Field(alias="currencyCode")
    total_price_set: MoneyBag
    tags: tuple[str, ...]
    note: str | None = None
    note_attributes: Many[NoteAttribute] = Field(default=(), alias="customAttributes")
    email: str | None = None
    phone: str | None = None
    app: Named | None = None
    source_name: str | None = None
    source_identifier: str | None = None
    shipping_address: Address | None = None
    shipping_lines: Page[ShippingLine]
    line_items: Page[Line]
    fulfillments: tuple[FulfillmentHead, ...] = ()
    refunds: tuple[Named, ...] = ()
    fulfillment_orders: Page[FulfillmentOrder] = Page(nodes=())


class RecentOrders(GraphQLModel):
    orders: Page[Named]


class _FulfillmentOrders(GraphQLModel):
    fulfillment_orders: Page[FulfillmentOrder]


class ReadFulfillmentOrders(GraphQLModel):
    order: _FulfillmentOrders | None


class ReadOrder(GraphQLModel):
    order: OrderAnswer | None


class Tracking(GraphQLModel):
    number: str | None = None


class Fulfillment(Named):
    status: str
    tracking_info: tuple[Tracking, ...] = ()


class FulfillmentState(GraphQLModel):
    created_at: Moment
    fulfillments: tuple[Fulfillment, ...]
    fulfillment_orders: Page[FulfillmentOrder]


class ReadFulfillment(GraphQLModel):
    order: FulfillmentState | None


class _FulfillmentOrderLines(GraphQLModel):
    line_items: Page[FulfillmentOrderLine]


class MoreFulfillmentOrderLines(GraphQLModel):
    fulfillment_order: _FulfillmentOrderLines


class FulfilledLine(GraphQLModel):
    quantity: int | None = None
    line_item: Named


class _FulfillmentLines(GraphQLModel):
    fulfillment_line_items: Page[FulfilledLine]


class FulfilledLines(GraphQLModel):
    fulfillment: _FulfillmentLines


class UserError(GraphQLModel):
    message: str


class _Created(GraphQLModel):
    fulfillment: Named | None = None
    user_errors: tuple[UserError, ...] = ()


class CreateFulfillment(GraphQLModel):
    fulfillment_create: _Created
