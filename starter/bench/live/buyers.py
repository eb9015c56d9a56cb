"""Lets the visitors of a sale buy what is listed, at their times."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from starter.bench.live.sale import FEW_LEFT, LiveSale


class Storefront(Protocol):
    """One article on both channels, as its buyers meet it."""

    def buy(self, channel: str) -> bool:
        """Somebody buys one unit there; False where none was listed."""


@dataclass
class Attendance:
    """What the visitors met, between the opening and the last visit."""

    opened_at: datetime
    closed_at: datetime
    bought: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    """Visitors who met an empty listing while over FEW_LEFT of the stock was unsold."""


def attend(sale: LiveSale, front: Storefront, stop: threading.Event) -> Attendance:
    """Blocks until the last visitor has been; leaves early when `stop` is set."""
    opened, now = time.monotonic(), datetime.now(UTC)
    found = Attendance(opened_at=now, closed_at=now)
    for visit in sale.visits:
        if stop.wait(max(opened + visit.at - time.monotonic(), 0)):
            break
        if front.buy(visit.channel):
            found.bought[visit.channel] += 1
        elif sale.stock - found.bought.total() > FEW_LEFT * sale.stock:
            found.turned_away += 1
    found.closed_at = datetime.now(UTC)
    return found
