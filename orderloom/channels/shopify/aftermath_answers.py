"""The answers about what comes after a sale: refunds, returns, cancellations and corrected tracking numbers."""

from pydantic import Field

from orderloom.channels.shopify.answers import GraphQLModel, Named, Page, Tracking, UserError


class RefundLine(Named):
    quantity: int
    restock_type: str
    restocked: bool
    line_item: Named
    location: Named | None = None


class RefundAnswer(Named):
    created_at: str
    of_return: Named | None = Field(default=None, alias="return")
    refund_line_items: Page[RefundLine]


class ReadRefund(GraphQLModel):
    refund: RefundAnswer | None


class _ReturnLine(GraphQLModel):
    """Empty for a line of another kind than ReturnLineItem, which has no fulfillment line."""

    return_reason: str = ""
    fulfillment_line_item: Named | None = None


class Disposition(Named):
    created_at: str
    quantity: int
    type: str
    location: Named | None = None


class _FulfilledLine(Named):
    line_item: Named


class ReverseLine(Named):
    fulfillment_line_item: _FulfilledLine | None = None
    dispositions: tuple[Disposition, ...] = ()


class _Reverse(GraphQLModel):
    line_items: Page[ReverseLine]


class ReturnAnswer(Named):
    status: str
    return_line_items: Page[_ReturnLine]
    reverse_fulfillment_orders: Page[_Reverse]


class _Returns(GraphQLModel):
    returns: Page[Named]


class ReadReturns(GraphQLModel):
    order: _Returns | None


class ReadReturn(GraphQLModel):
    found: ReturnAnswer | None = Field(alias="return")


class Cancelled(Named):
    cancelled_at: str | None = None


class ReadCancelled(GraphQLModel):
    order: Cancelled | None


class Job(GraphQLModel):
    id: str
    done: bool


class ReadJob(GraphQLModel):
    job: Job | None


class CancelError(GraphQLModel):
    code: str | None = None
    message: str


class JobResult(GraphQLModel):
    done: bool
    status: str
    errors: tuple[CancelError, ...] = ()


class Cancelling(GraphQLModel):
    job: Job | None = None
    job_result: JobResult | None = None
    order_cancel_user_errors: tuple[CancelError, ...] = ()


class CancelOrder(GraphQLModel):
    order_cancel: Cancelling


class TrackedFulfillment(Named):
    status: str
    tracking_info: tuple[Tracking, ...] = ()


class ReadTracking(GraphQLModel):
    fulfillment: TrackedFulfillment | None


class _Updated(GraphQLModel):
    fulfillment: Named | None = None
    user_errors: tuple[UserError, ...] = ()


class UpdateTracking(GraphQLModel):
    fulfillment_tracking_info_update: _Updated


class _OfOrder(Named):
    order_id: str


class OrderOfFulfillmentOrder(GraphQLModel):
    fulfillment_order: _OfOrder | None
