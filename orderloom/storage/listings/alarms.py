"""Alarms: what the policy noticed of a listing, until a person has looked."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from orderloom.domain.errors import InputInvalid
from orderloom.domain.listing.demand import is_low
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.ports import Alarm
from orderloom.domain.listing.state import AlertKind, PoolState
from orderloom.storage.listings.facts import Fact, FactKind, append_facts
from orderloom.storage.listings.offers import listing_key
from orderloom.storage.tables import listing_alerts


def store_alerts(
    connection: Connection, pool: str, place: str, alerts: Collection[tuple[str, AlertKind]], now: datetime
) -> None:
    """One open alarm for each alert that stands, also for one that a person cleared and that still holds."""
    columns = listing_alerts.c
    here = (columns.pool == pool) & (columns.place == place) & columns.cleared_at.is_(None)
    open_ones = {
        (row.listing, row.kind): row.alert_id for row in connection.execute(select(listing_alerts).where(here))
    }
    standing = {(name, kind.value) for name, kind in alerts}
    new = [
        {"pool": pool, "place": place, "listing": name, "kind": kind, "since": now}
        for name, kind in sorted(standing - open_ones.keys())
    ]
    if new:
        connection.execute(insert(listing_alerts), new)
    over = [number for alert, number in open_ones.items() if alert not in standing]
    if over:
        connection.execute(update(listing_alerts).where(columns.alert_id.in_(over)).values(cleared_at=now))


def warning(
    connection: Connection, pool: str, place: str, state: PoolState, policy: ListingPolicy, now: datetime
) -> set[tuple[str, AlertKind]]:
    """That a SKU runs low, told at one of its listings; it stands until there is clearly enough."""
    if not policy.low_cover or policy.paused or not state.listings:
        return set()
    columns = listing_alerts.c
    here = (columns.pool == pool) & (columns.place == place) & (columns.kind == AlertKind.LOW_COVER)
    told = connection.execute(select(columns.listing).where(here, columns.cleared_at.is_(None)).limit(1)).scalar()
    if not is_low(state, policy, now.timestamp(), was_low=told is not None):
        return set()
    return {(told or min(state.listings), AlertKind.LOW_COVER)}


def alarms(connection: Connection, *, open_only: bool) -> list[Alarm]:
    """The oldest first."""
    statement = select(listing_alerts).order_by(listing_alerts.c.since, listing_alerts.c.alert_id)
    if open_only:
        statement = statement.where(listing_alerts.c.cleared_at.is_(None))
    return [
        Alarm(
            pool=row.pool,
            place=row.place,
            listing=row.listing,
            kind=AlertKind(row.kind),
            since=row.since,
            cleared_by=row.cleared_by,
        )
        for row in connection.execute(statement)
    ]


def clear(connection: Connection, pool: str, listing: str, kind: AlertKind, by: str, now: datetime) -> None:
    """Raises InputInvalid where there is no such open alarm, or where only stock ends it."""
    if kind is AlertKind.LOW_COVER:
        why = "ends by itself once there is enough; `low_cover` in the configuration says how much that is"
        raise InputInvalid("listings", None, kind, why)
    columns = listing_alerts.c
    closed = connection.execute(
        update(listing_alerts)
        .where(columns.pool == pool, columns.listing == listing, columns.kind == kind, columns.cleared_at.is_(None))
        .values(cleared_at=now, cleared_by=by)
    )
    if not closed.rowcount:
        raise InputInvalid("listings", None, listing, f"has no open alarm {kind} in pool {pool}; see `listings alarms`")
    key = listing_key(listing)
    append_facts(connection, key.channel, key.account, [Fact(FactKind.CLEARED, key, detail=kind)], now)
