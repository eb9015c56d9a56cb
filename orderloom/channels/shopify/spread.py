"""Which open fulfillment order lines a package's units are taken from. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OpenLine:
    """What a fulfillment order still waits for. `line_id` is the order's line, `gid` the fulfillment order's own."""

    fulfillment_order: str
    location: str | None
    gid: str
    line_id: str
    remaining: int


@dataclass(frozen=True)
class Take:
    line: OpenLine
    units: int


def spread(wanted: Mapping[str, int], open_lines: Sequence[OpenLine]) -> tuple[list[list[Take]], Counter[str]]:
    """Groups of takes, one for each location, and the units that no open line has.

    Shopify wants one call for each location, so the location that can give most is asked first.
    """
    gives: Counter[str | None] = Counter()
    for line in open_lines:
        gives[line.location] += min(line.remaining, wanted.get(line.line_id, 0))
    left = Counter(wanted)
    groups: dict[str | None, list[Take]] = {}
    for line in sorted(open_lines, key=lambda line: -gives[line.location]):
        units = min(line.remaining, left[line.line_id])
        if units > 0:
            left[line.line_id] -= units
            groups.setdefault(line.location, []).append(Take(line, units))
    return list(groups.values()), +left


def by_fulfillment_order(takes: Sequence[Take]) -> list[dict[str, Any]]:
    """`lineItemsByFulfillmentOrder`: no fulfillment order twice, and always explicit quantities."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for take in takes:
        lines = grouped.setdefault(take.line.fulfillment_order, [])
        lines.append({"id": take.line.gid, "quantity": take.units})
    return [{"fulfillmentOrderId": gid, "fulfillmentOrderLineItems": lines} for gid, lines in grouped.items()]
