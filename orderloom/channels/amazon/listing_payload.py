"""The parts of Listings Items 2021-08-01 that we read (Amazon's model listingsItems_2021-08-01.json)."""

from typing import Annotated

from pydantic import Field

from orderloom.channels.amazon.payload import AmazonModel
from orderloom.channels.wire import Many, Moment, Text

Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]


class Summary(AmazonModel):
    """A listing in one marketplace."""

    marketplace_id: Text
    product_type: Text | None = None
    item_name: Text | None = None
    created_date: Moment | None = None


class Availability(AmazonModel):
    """`DEFAULT` is the merchant, `AMAZON_NA` and the like are Amazon's own fulfilment."""

    fulfillment_channel_code: Text
    quantity: Count | None = None


class ListingItem(AmazonModel):
    sku: Annotated[Text, Field(min_length=1)]
    summaries: Many[Summary] = ()
    fulfillment_availability: Many[Availability] = ()


class Pagination(AmazonModel):
    next_token: Text | None = None


class SearchAnswer(AmazonModel):
    number_of_results: Count
    items: tuple[ListingItem, ...]
    pagination: Pagination | None = None

    @property
    def next_token(self) -> str | None:
        return (self.pagination and self.pagination.next_token) or None


class Issue(AmazonModel):
    code: Text
    message: Text
    attribute_names: Many[Text] = ()

    def __str__(self) -> str:
        attributes = f" ({', '.join(self.attribute_names)})" if self.attribute_names else ""
        return f"{self.code}: {self.message}{attributes}"


class PatchAnswer(AmazonModel):
    status: Text
    issues: Many[Issue] = ()
