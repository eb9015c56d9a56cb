"""By when an order really has to leave, and when a person hears of it: before, when it is late, and every day after.

A channel promises a moment; a node's parcels leave at its cutoffs. What has to ship by Sunday night has to be asked for
by the last cutoff of the working days before, on the node's own clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from orderloom.domain.model import Frozen, Utc
from orderloom.domain.node_settings import NodeSettings

AGAIN = timedelta(days=1)


class Alarm(StrEnum):
    SOON = "ship_by_alert"
    LATE = "ship_by_late"


class Deadline(Frozen):
    """`leaves_by` is the last cutoff that keeps the promise, where that is before the promise itself."""

    ship_by: Utc
    leaves_by: Utc
    alert_at: Utc


def deadline(
    ship_by: datetime, ahead: timedelta, *, planned: Iterable[NodeSettings], possible: Iterable[NodeSettings] = ()
) -> Deadline:
    """`ahead` is how long before it is due a person is told.

    The nodes that it waits for decide, the earliest of them; before there is a plan the latest of those that could
    ship it. A node without a calendar ships at any time.
    """
    of_plan = [_last_departure(node, ship_by) for node in planned]
    of_others = [_last_departure(node, ship_by) for node in possible]
    leaves_by = min(of_plan) if of_plan else max(of_others, default=ship_by)
    return Deadline(ship_by=ship_by, leaves_by=leaves_by, alert_at=leaves_by - ahead)


def next_alarm(alert_at: datetime, ship_by: datetime, last: datetime | None) -> datetime:
    """The first alarm after `last`; None: none was raised yet."""
    if last is None:
        return min(alert_at, ship_by)
    return ship_by if last < ship_by else ship_by + AGAIN * (days_late(ship_by, last) + 1)


def days_late(ship_by: datetime, now: datetime) -> int:
    """Whole days; 0 on the first."""
    return (now - ship_by) // AGAIN


def _last_departure(node: NodeSettings, ship_by: datetime) -> datetime:
    """At or before `ship_by`; that itself where the node names no cutoff, or works on no day of the year before."""
    if node.calendar is None:
        return ship_by
    return node.calendar.last_departure(ship_by, ZoneInfo(node.time_zone)) or ship_by
