"""What we know of a shop's bucket of query points, so that a call that must fail is not made.

Shopify fills the bucket at `restoreRate` points a second up to `maximumAvailable` and reserves a query's requested
cost before it runs (https://shopify.dev/docs/api/usage/limits).
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orderloom.domain.errors import Throttled

SHORTEST_WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class _Level:
    available: float
    maximum: float
    restore_rate: float
    read_at: float

    def at(self, now: float) -> float:
        return min(self.maximum, self.available + (now - self.read_at) * self.restore_rate)


class Throttle:
    """One shop's bucket as last seen. Safe for many threads."""

    def __init__(self, system: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._system = system
        self._clock = clock
        self._lock = threading.Lock()
        self._level: _Level | None = None
        self._costs: dict[str, float] = {}

    def take(self, operation: str) -> None:
        """Count a call's known cost. Raises Throttled, saying how long to wait, where the bucket is known short."""
        with self._lock:
            cost, level = self._costs.get(operation), self._level
            if cost is None or level is None or cost > level.maximum:
                return
            now = self._clock()
            available = level.at(now)
            if available < cost:
                raise Throttled(self._system, _wait(cost, available, level.restore_rate))
            self._level = _Level(available - cost, level.maximum, level.restore_rate, now)

    def learn(self, operation: str, extensions: object) -> float | None:
        """Take over what an answer says about cost and bucket. Returns how long until the same call is affordable."""
        seen = _read(extensions)
        if seen is None:
            return None
        cost, available, maximum, restore_rate = seen
        with self._lock:
            self._costs[operation] = cost
            self._level = _Level(available, maximum, restore_rate, self._clock())
        return _wait(cost, available, restore_rate)


def _wait(cost: float, available: float, restore_rate: float) -> float:
    return max((cost - available) / restore_rate, SHORTEST_WAIT_SECONDS)


def _read(extensions: object) -> tuple[float, float, float, float] | None:
    """Cost, available, maximum and restore rate; None unless all four are there and make sense."""
    cost = _part(extensions, "cost")
    status = _part(cost, "throttleStatus")
    numbers = [
        _part(cost, "requestedQueryCost"),
        *(_part(status, name) for name in ("currentlyAvailable", "maximumAvailable", "restoreRate")),
    ]
    if not all(isinstance(n, int | float) for n in numbers) or numbers[3] <= 0:
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _part(holder: object, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else None
