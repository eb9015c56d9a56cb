"""Nodes that are asked instead of calling back: what their answers report, and whose turn it is to be asked about."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from orderloom.domain.model import Utc
from orderloom.domain.records import PackageRecord
from orderloom.domain.shipments import (
    NodeShipment,
    NodeState,
    Package,
    ShipmentEvent,
    ShipmentEventKind,
    relabelled,
)

PARCELS_A_MINUTE = 10
"""Dispatches that one node is asked about because their packages are on the way; more of them are asked less often."""


def reports_of(node: str, answer: NodeShipment, known: Sequence[PackageRecord], now: Utc) -> tuple[ShipmentEvent, ...]:
    """What a followed node's answer would have been as callbacks, each with an id that is the same whenever it is told.

    `known`: the packages that are recorded under its dispatch id. One that has another label than recorded is told of
    as of `now`, since no node says when it changed. An answer that is merely `accepted` makes no report.
    """
    recorded = {entry.package.package_id: entry for entry in known}
    told = {package.package_id: package for package in answer.packages}

    def report(name: str, kind: ShipmentEventKind, at: Utc, package: Package | None, reason: str = "") -> ShipmentEvent:
        return ShipmentEvent(
            delivery_id=f"{answer.dispatch_id}:{name}",
            node=node,
            dispatch_id=answer.dispatch_id,
            kind=kind,
            occurred_at=at,
            package=package,
            reason=reason,
        )

    shipped = ShipmentEventKind.SHIPPED
    reports = []
    for package in answer.packages:
        before = recorded.get(package.package_id)
        if before and relabelled(before.package, package):
            reports.append(report(f"{package.package_id}:{before.label + 1}", shipped, now, package))
        else:
            reports.append(report(package.package_id, shipped, package.shipped_at, package))
    for arrival in answer.arrivals:
        name = f"{arrival.package_id}:{arrival.kind}"
        reports.append(report(name, arrival.kind, arrival.at, told[arrival.package_id]))
    if answer.state in (NodeState.CANCELLED, NodeState.REFUSED):
        kind = ShipmentEventKind(answer.state.value)
        reports.append(report(answer.state, kind, now, None, answer.reason))
    return tuple(reports)


def due_between(dispatch_ids: Sequence[str], last: datetime, now: datetime, every: timedelta) -> tuple[str, ...]:
    """Those whose turn came after `last`: each has one in every stretch, at a moment of its own.

    The stretch is `every`, and doubles while it is too short for as many as there are.
    """
    stretch = every
    while len(dispatch_ids) > max(PARCELS_A_MINUTE * stretch / timedelta(minutes=1), PARCELS_A_MINUTE):
        stretch *= 2
    return tuple(name for name in dispatch_ids if _turn(name, now, stretch) > _turn(name, last, stretch))


def _turn(name: str, at: datetime, stretch: timedelta) -> int:
    """How many turns it has had by then."""
    seconds = stretch.total_seconds()
    return int((at.timestamp() - zlib.crc32(name.encode()) / 2**32 * seconds) // seconds)
