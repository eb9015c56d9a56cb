"""What control may wish for an order that a shop sold, and what it is answered. Lines are named by id, else by SKU."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from orderloom.sandbox.spec import SandboxLine

Topic = Literal["customers/data_request", "customers/redact", "shop/redact"]
HoldReason = Literal["AWAITING_PAYMENT", "HIGH_RISK_OF_FRAUD", "INCORRECT_ADDRESS", "INVENTORY_OUT_OF_STOCK", "OTHER"]


class _Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EditWish(_Wish):
    quantities: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Units that a line has from now on; 0 removes it."""
    added: tuple[SandboxLine, ...] = ()
    new_address: bool = False
    restock: bool = True


class PayWish(_Wish):
    status: Literal["pending", "authorized", "partially_paid", "paid", "voided"] = "paid"


class RefundWish(_Wish):
    units: Annotated[dict[str, PositiveInt], Field(min_length=1)]
    restock: Literal["cancel", "return", "no_restock"]
    """`cancel` for what was not fulfilled, `return` for what was, `no_restock` for either."""
    location: str | None = None
    """Where it is restocked; the first location where none is named."""


class ReturnWish(_Wish):
    units: Annotated[dict[str, PositiveInt], Field(min_length=1)]
    reason: Literal["DEFECTIVE", "NOT_AS_DESCRIBED", "OTHER", "SIZE_TOO_LARGE", "UNKNOWN", "UNWANTED", "WRONG_ITEM"] = (
        "UNWANTED"
    )


class ReceiveWish(_Wish):
    what: Literal["RESTOCKED", "NOT_RESTOCKED", "MISSING"] = "RESTOCKED"
    location: str | None = None
    refund: bool = True
    """Refund it at once; the refund names the return."""
    close: bool = True


class AmazonReturnWish(_Wish):
    """A buyer of Amazon's asks to return units of one line, which is named by its seller SKU."""

    sku: str
    quantity: PositiveInt = 1
    reason: str = "CR-UNWANTED_ITEM"
    status: Literal["Approved", "PendingApproval", "Rejected"] = "Approved"
    returnless: bool = False
    """The buyer is refunded and keeps it."""


class HoldWish(_Wish):
    reason: HoldReason = "OTHER"
    notes: str = ""


class MoveWish(_Wish):
    location: str


CancellationTalk = Literal[
    "cancellation_request_submitted", "cancellation_request_accepted", "cancellation_request_rejected"
]


class RequestWish(_Wish):
    what: CancellationTalk


class InstallWish(_Wish):
    installed: bool


class PrivacyWish(_Wish):
    topic: Topic
    order_ids: tuple[str, ...] = ()


class Made(_Wish):
    id: str
    """The number of what was made."""
