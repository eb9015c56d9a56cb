"""How long each step took, counted from the moment the order's first event was stored."""

from collections.abc import Iterable, Sequence
from math import ceil

from orderloom.domain.model import Frozen
from orderloom.domain.records import OrderStory

STEPS = ("reserved", "routed", "dispatched")
TARGET_SECONDS = {"reserved": 25.0, "routed": 25.0, "dispatched": 90.0}
"""The published targets: synchronised within 25 s, at the fulfilling node within 90 s."""


class Percentiles(Frozen):
    """Milliseconds. `orders` is how many were counted; None where there was none."""

    orders: int
    p50: float | None
    p95: float | None
    p99: float | None


def latencies(stories: Iterable[OrderStory]) -> dict[str, Percentiles]:
    """Per step, over the orders that reached it without waiting for a person or the channel first."""
    times: dict[str, list[float]] = {step: [] for step in STEPS}
    for story in stories:
        for entry in sorted(story.timeline, key=lambda entry: entry.at):
            if entry.what in ("held", "waiting"):
                break
            if entry.what in times:
                times[entry.what].append((entry.at - story.record.arrived_at).total_seconds() * 1000)
    return {step: percentiles(values) for step, values in times.items()}


def percentiles(values: Sequence[float]) -> Percentiles:
    """Nearest-rank percentiles."""
    ordered = sorted(values)

    def rank(share: float) -> float | None:
        return round(ordered[max(ceil(share * len(ordered)) - 1, 0)], 1) if ordered else None

    return Percentiles(orders=len(ordered), p50=rank(0.50), p95=rank(0.95), p99=rank(0.99))
