"""Orders that will not be shipped after all, and how their channel is told.

A channel either takes a cancellation at once (Shopify's orderCancel), or in batches that it answers later (Amazon's
feeds): those wait in the outbox behind `CancellationBook`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.model import Frozen, Utc


class CancelReason(StrEnum):
    """Why an order is cancelled, in words that every channel has one of its own for."""

    BUYER = "buyer"
    MERCHANT = "merchant"
    OUT_OF_STOCK = "out_of_stock"
    UNDELIVERABLE = "undeliverable"
    """The address cannot be shipped to."""
    RISK = "risk"
    PAYMENT = "payment"
    PRICING = "pricing"
    OTHER = "other"


class Cancellation(Frozen):
    """What a channel is to be told: this order, or these lines of it, will not be shipped."""

    key: OrderKey
    reason: CancelReason
    lines: tuple[str, ...] = ()
    """The ids of the lines that are cancelled whole; empty is the order."""


class CancelWish(Frozen):
    """Somebody wants an order cancelled. Stored before any node is asked to stop, so it outlives who heard of it."""

    key: OrderKey
    why: str
    """Who and why, in words for the timeline."""
    reason: CancelReason | None = None
    """What its channel is to be told; None where it knows, or nobody is to tell it."""


class CancelOutcome(StrEnum):
    DONE = "done"
    ALREADY = "already"
    """The channel had it cancelled before."""
    BY_BATCH = "by_batch"
    """The channel takes cancellations in batches only and answers later (see CancellationBook)."""


class CancelReceipt(Frozen):
    outcome: CancelOutcome
    reference: str = ""
    """The channel's own name for what it was told, where it gives one."""


class CancellationState(StrEnum):
    """How far a channel that takes cancellations in batches has come with one."""

    ASKED = "asked"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class CancellationRecord(Frozen):
    cancellation: Cancellation
    state: CancellationState
    reference: str = ""
    """The batch it went in, e.g. Amazon's feed id; empty until it is sent."""
    detail: str = ""
    """What the channel said of it, free of personal data."""
    asked_at: Utc
    changed_at: Utc


class CancellationBook(Protocol):
    """Wishes to cancel, and the outbox for channels that take them in batches. One row of each an order.

    Both are of one life of the order: once its channel adds to it and it is opened again, they count no more.
    """

    def wish(self, wish: CancelWish) -> CancelWish:
        """The one that stands: the first, however many come."""

    def wished(self, key: OrderKey) -> CancelWish | None: ...

    def ask(self, cancellation: Cancellation) -> CancellationRecord:
        """Once however often it is asked; one that was rejected is asked again. Its first reason stays."""

    def find(self, key: OrderKey) -> CancellationRecord | None: ...

    def accounts(self) -> Sequence[tuple[Channel, str]]:
        """Accounts with a cancellation that is asked or sent."""

    def waiting(
        self, channel: Channel, account: str, state: CancellationState, limit: int = 1000
    ) -> Sequence[CancellationRecord]:
        """Those of one account in this state, the oldest first."""

    def sent(self, keys: Sequence[OrderKey], reference: str) -> None:
        """These went in the batch `reference`: only those that are asked change."""

    def named(self, channel: Channel, account: str, reference: str, name: str) -> None:
        """The batch that was sent under `reference` is called `name` from now on."""

    def answered(self, key: OrderKey, state: CancellationState, detail: str = "") -> None:
        """ACCEPTED or REJECTED by the channel, or ASKED again where its batch failed as a whole.

        In the same transaction a wakeup tells the order of an answer.
        """
