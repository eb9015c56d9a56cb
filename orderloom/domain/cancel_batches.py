"""Cancellations for a channel that takes them in batches and answers each order later (Amazon's feeds)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from orderloom.domain.cancellations import CancelReason
from orderloom.domain.model import Frozen


class CancelEntry(Frozen):
    """One order of a batch, with all its lines: the channel cancels whole orders only."""

    order_id: str
    reason: CancelReason
    lines: tuple[str, ...]


class BatchEnd(StrEnum):
    DONE = "done"
    """Each order was answered for itself."""
    FAILED = "failed"
    """The channel could not process the batch at all; it would not the next time either."""
    WITHDRAWN = "withdrawn"
    """Somebody took the batch back before it was processed."""


class BatchResult(Frozen):
    """What became of a batch: `refused` are the orders that the channel does not cancel, with its reasons."""

    end: BatchEnd
    refused: dict[str, str] = Field(default_factory=dict)


class BatchChannel(Protocol):
    """A batch is prepared (nothing happens at the channel), then submitted, then asked for until it has ended."""

    def prepare(self, entries: Sequence[CancelEntry]) -> str:
        """Lay the batch down at the channel; the name of that draft."""

    def submit(self, draft: str) -> str:
        """The batch's name. Raises OutcomeUnknown where it may or may not have been taken: look with `since`."""

    def since(self, moment: datetime) -> Sequence[str]:
        """Batches of this kind that were submitted from then on, the oldest first."""

    def result(self, batch: str) -> BatchResult | None:
        """None while it is being processed."""
