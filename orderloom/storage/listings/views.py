"""What a person sees of listings, and what a person may say of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from orderloom.domain.errors import InputInvalid
from orderloom.domain.listing.demand import cover_of, rate_of
from orderloom.domain.listing.offers import ListingKey, Offer
from orderloom.domain.listing.ports import ListingView
from orderloom.domain.listing.state import AlertKind, ListingState, PoolState
from orderloom.storage.accounts import paused_accounts
from orderloom.storage.catalog import unknown_skus
from orderloom.storage.database import insert_or
from orderloom.storage.ledger.rows import lock_pools
from orderloom.storage.listings.facts import stock_changed
from orderloom.storage.tables import (
    listing_offers,
    listing_parts,
    listing_pauses,
    listing_pools,
)

ACCOUNT_PAUSED = "account paused"
_DAY = 86_400.0
Place = tuple[str, str]


def views(connection: Connection, sku: str | None, account: str | None, limit: int, now: datetime) -> list[ListingView]:
    """Listings in order of their names; with `sku`, those that sell it."""
    columns, parts = listing_offers.c, listing_parts.c
    statement = select(listing_offers).where(columns.is_gone.is_(False))
    if account is not None:
        statement = statement.where(columns.account == account)
    if sku is not None:
        sells = select(parts.sku).where(
            parts.channel == columns.channel,
            parts.account == columns.account,
            parts.listing == columns.listing,
            parts.sku == sku,
        )
        statement = statement.where(sells.exists() | (columns.sku == sku))
    rows = connection.execute(statement.order_by(columns.listing, columns.channel, columns.account).limit(limit)).all()
    paused = set(connection.execute(select(listing_pauses.c.sku)).scalars())
    away = {(each.channel, each.account) for each in paused_accounts(connection)}
    states: dict[Place, PoolState | None] = {}
    found = [_view(connection, row, states, paused, now.timestamp()) for row in rows]
    return [
        view.model_copy(update={"state": ACCOUNT_PAUSED}) if (view.key.channel, view.key.account) in away else view
        for view in found
    ]


def _view(
    connection: Connection, row: Row[Any], states: dict[Place, PoolState | None], paused: set[str], now: float
) -> ListingView:
    offer = Offer.model_validate_json(row.document)
    parts = _parts(connection, offer.key)
    place = _place(parts)
    state = None
    if place is not None:
        if place not in states:
            states[place] = _state(connection, place)
        state = states[place]
    one = state.listings.get(str(offer.key)) if state else None
    common = {
        "key": offer.key,
        "pool": place[0] if place else None,
        "place": place[1] if place else None,
        "units": one.units if one else 1,
        "read_at": datetime.fromtimestamp(row.read_at, UTC),
        "state": _word(offer, row, parts, one, state.alerts if state else (), paused),
    }
    if state is None or one is None:
        nothing = {"rights": 0, "pending": row.trouble or None, "per_day": 0.0, "cover_seconds": None}
        return ListingView(shown=offer.quantity, **nothing, **common)
    # What the policy supposes of a SKU that never sold is nothing to tell a person.
    has_sold = bool(state.latest)
    return ListingView(
        shown=one.reading.left // one.units,
        rights=one.rights // one.units,
        pending=_pending(one, row.trouble),
        per_day=round(rate_of(state, one, now) * _DAY / one.units, 3) if has_sold else 0.0,
        cover_seconds=cover_of(state, now) if has_sold else None,
        alerts=tuple(sorted(kind for name, kind in state.alerts if name == one.name)),
        **common,
    )


def _word(
    offer: Offer,
    row: Row[Any],
    parts: Mapping[str, Row[Any]],
    one: ListingState | None,
    alerts: Collection[tuple[str, AlertKind]],
    paused: set[str],
) -> str:
    if offer.fulfilled_by_channel:
        return "fulfilled by amazon"
    if offer.quantity is None:
        return "not tracked"
    if paused & set(parts):
        return "paused"
    if not parts:
        return "unmapped"
    if one is not None and (one.name, AlertKind.UNPUBLISHED) in alerts:
        return "unpublished"
    if row.trouble:
        return "refused"
    return "published" if one else "not counted"


def _pending(one: ListingState, trouble: str) -> str | None:
    if trouble:
        return f"refused: {trouble}"
    if one.pending:
        doubt = ", unsure" if one.pending.unsure else ""
        return f"{one.pending.write} to {one.pending.units // one.units}{doubt}"
    return "settling" if one.settling else None


def _parts(connection: Connection, key: ListingKey) -> dict[str, Row[Any]]:
    columns = listing_parts.c
    mine = (columns.channel == key.channel) & (columns.account == key.account) & (columns.listing == key.listing)
    return {row.sku: row for row in connection.execute(select(listing_parts).where(mine).order_by(columns.sku))}


def _place(parts: Mapping[str, Row[Any]]) -> Place | None:
    if not parts:
        return None
    first = next(iter(parts.values()))
    name = first.sku if len(parts) == 1 else "+".join(f"{sku}*{row.units}" for sku, row in parts.items())
    return first.pool, name


def _state(connection: Connection, place: Place) -> PoolState | None:
    columns = listing_pools.c
    statement = select(columns.document).where(columns.pool == place[0], columns.place == place[1])
    document = connection.execute(statement).scalar_one_or_none()
    return PoolState.model_validate_json(document) if document else None


def pause(connection: Connection, sku: str, by: str, why: str, now: datetime) -> None:
    """Raises InputInvalid for an unknown SKU."""
    if unknown_skus(connection, [sku]):
        raise InputInvalid("listings", None, sku, "is no SKU here; see `orderloom skus list`")
    row = {"sku": sku, "at": now, "by": by, "why": why}
    connection.execute(insert_or(connection, listing_pauses).on_conflict_do_nothing(), row)
    _plan_again(connection, sku)


def resume(connection: Connection, sku: str) -> None:
    """Raises InputInvalid for a SKU that is not paused."""
    if not connection.execute(listing_pauses.delete().where(listing_pauses.c.sku == sku)).rowcount:
        raise InputInvalid("listings", None, sku, "is not paused")
    _plan_again(connection, sku)


def _plan_again(connection: Connection, sku: str) -> None:
    pools: Sequence[str] = (
        connection.execute(select(listing_pools.c.pool).where(listing_pools.c.place == sku)).scalars().all()
    )
    places = [(pool, sku) for pool in pools]
    lock_pools(connection, places)
    stock_changed(connection, places)
