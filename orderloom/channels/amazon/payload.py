"""The parts of an Orders 2026-01-01 order that we read (Amazon's model orders_2026-01-01.json).

What is not asked for by `includedData`, or not granted to our role, is absent: absent is unknown, never zero.
"""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from orderloom.channels.wire import Amount, CurrencyCode, Many, Moment, Text, Units, WireModel
from orderloom.domain.money import Money

OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class AmazonModel(WireModel):
    model_config = ConfigDict(alias_generator=to_camel)


class MoneyDocument(AmazonModel):
    amount: Amount
    currency_code: CurrencyCode

    def to_domain(self) -> Money:
        return Money(amount=self.amount, currency=self.currency_code)


class TimeRange(AmazonModel):
    earliest_date_time: Moment | None = None
    latest_date_time: Moment | None = None


class SalesChannel(AmazonModel):
    channel_name: Text | None = None
    marketplace_id: Text | None = None


class Buyer(AmazonModel):
    buyer_name: Text | None = None
    buyer_email: Text | None = None
    buyer_company_name: Text | None = None


class ExtendedFields(AmazonModel):
    """Brazil only."""

    street_name: Text | None = None
    street_number: Text | None = None
    complement: Text | None = None
    neighborhood: Text | None = None


class Address(AmazonModel):
    name: Text | None = None
    company_name: Text | None = None
    address_line1: Text | None = Field(default=None, alias="addressLine1")
    address_line2: Text | None = Field(default=None, alias="addressLine2")
    address_line3: Text | None = Field(default=None, alias="addressLine3")
    city: Text | None = None
    district_or_county: Text | None = None
    state_or_region: Text | None = None
    municipality: Text | None = None
    postal_code: Text | None = None
    country_code: Text | None = None
    phone: Text | None = None
    extended_fields: ExtendedFields | None = None


class DeliveryPreference(AmazonModel):
    drop_off_location: Text | None = None
    address_instruction: Text | None = None


class Recipient(AmazonModel):
    delivery_address: Address | None = None
    delivery_preference: DeliveryPreference | None = None


class Proceeds(AmazonModel):
    grand_total: MoneyDocument | None = None


class OrderFulfillment(AmazonModel):
    fulfillment_status: Text
    fulfilled_by: Text | None = None
    fulfillment_service_level: Text | None = None
    ship_by_window: TimeRange | None = None
    deliver_by_window: TimeRange | None = None


class GiftOption(AmazonModel):
    gift_message: Text | None = None


class Packing(AmazonModel):
    gift_option: GiftOption | None = None


class ItemFulfillment(AmazonModel):
    quantity_fulfilled: Units | None = None
    quantity_unfulfilled: Units | None = None
    packing: Packing | None = None


class ItemPrice(AmazonModel):
    unit_price: MoneyDocument | None = None


class Product(AmazonModel):
    seller_sku: Text | None = None
    title: Text | None = None
    price: ItemPrice | None = None


class CancellationRequest(AmazonModel):
    requester: Text | None = None


class CancellationExecution(AmazonModel):
    """Its presence says that units of the item were cancelled; how many follows from the item's fulfillment."""


class Cancellation(AmazonModel):
    cancellation_request: CancellationRequest | None = None
    cancellation_execution: CancellationExecution | None = None


class Item(AmazonModel):
    order_item_id: Annotated[Text, Field(min_length=1)]
    quantity_ordered: Units
    product: Product = Product()
    cancellation: Cancellation | None = None
    fulfillment: ItemFulfillment | None = None


class PackageStatus(AmazonModel):
    status: Text | None = None


class PackageItem(AmazonModel):
    order_item_id: Text | None = None
    quantity: Units | None = None


class OrderPackage(AmazonModel):
    package_reference_id: Text | None = None
    tracking_number: Text | None = None
    package_status: PackageStatus | None = None
    package_items: Many[PackageItem] = ()


class OrderHead(AmazonModel):
    """What names one state of one order."""

    order_id: OrderId
    last_updated_time: Moment


class OrderDocument(OrderHead):
    created_time: Moment
    programs: Many[Text] = ()
    sales_channel: SalesChannel = SalesChannel()
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: Proceeds | None = None
    fulfillment: OrderFulfillment
    order_items: tuple[Item, ...]
    packages: Many[OrderPackage] = ()
