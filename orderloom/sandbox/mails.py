"""What a channel writes to a buyer. Nothing is sent: it is kept, so that tests count what a person would have got."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mail(StrEnum):
    SHIPPED = "shipped"
    """A package is on its way."""
    TRACKING = "tracking"
    """A package has another tracking number."""
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class BuyerMail:
    kind: Mail
    tracking_number: str
    """Of the package that it is about; empty for the whole order."""
    at: datetime
