"""A channel that refuses a quantity is asked for the same one again later and later, and for another one at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from orderloom.domain.listing.bundles import Cluster
from orderloom.domain.listing.moves import Alert, Move, WriteZero
from orderloom.domain.listing.observe import write_refused
from orderloom.domain.listing.offers import ListingKey, PushState
from orderloom.storage.listings.folding import Seller
from orderloom.storage.listings.offers import is_key, listing_key
from orderloom.storage.tables import listing_offers, listing_pushes

FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0
AT_ONCE = 3
"""Refusals in a row up to which another quantity is tried at once: else every sale would ask."""


def refused(connection: Connection, key: ListingKey, reason: str, now: datetime) -> None:
    columns = listing_offers.c
    refusals: int = connection.execute(select(columns.refusals).where(is_key(columns, key))).scalar_one_or_none() or 0
    wait = min(FIRST_WAIT * 2.0**refusals, LONGEST_WAIT)
    changes = {"refusals": min(refusals + 1, 20), "trouble": reason, "retry_at": now.timestamp() + wait}
    connection.execute(update(listing_offers).where(is_key(columns, key)).values(**changes))


def taken(connection: Connection, key: ListingKey) -> None:
    columns = listing_offers.c
    in_trouble = is_key(columns, key) & (columns.refusals > 0)
    connection.execute(update(listing_offers).where(in_trouble).values(refusals=0, trouble="", retry_at=None))


def without_refused(
    connection: Connection, cluster: Cluster, moves: Sequence[Move], sellers: Mapping[str, Seller], now: float
) -> tuple[Cluster, list[Move], list[float]]:
    """The moves that may be sent, and when the others may be: those are taken back, with what they were charged."""
    left: list[Move] = []
    later: list[float] = []
    for move in moves:
        may_ask_at = 0.0 if isinstance(move, Alert) else _may_ask_at(connection, move)
        if may_ask_at <= now:
            left.append(move)
            continue
        place = sellers[move.listing].place
        cluster = cluster.with_pool(place, write_refused(cluster.pools[place], move.listing))
        later.append(may_ask_at)
    return cluster, left, later


def _may_ask_at(connection: Connection, move: Move) -> float:
    """Epoch seconds; long ago where the channel refuses nothing of this listing."""
    key = listing_key(move.listing)
    columns = listing_offers.c
    in_trouble = is_key(columns, key) & (columns.refusals > 0)
    offer = connection.execute(select(columns.refusals, columns.retry_at).where(in_trouble)).one_or_none()
    last = _last_refused(connection, key) if offer and offer.retry_at is not None else None
    if offer is None or last is None:
        return 0.0
    quantity = 0 if isinstance(move, WriteZero | Alert) else move.quantity
    if quantity == last.quantity:
        return float(offer.retry_at)
    return 0.0 if offer.refusals <= AT_ONCE else float(last.answered_at.timestamp()) + FIRST_WAIT


def _last_refused(connection: Connection, key: ListingKey) -> Row[int, datetime] | None:
    columns = listing_pushes.c
    mine = is_key(columns, key) & (columns.state == PushState.REFUSED)
    statement = select(columns.quantity, columns.answered_at).where(mine).order_by(columns.push_id.desc()).limit(1)
    return connection.execute(statement).first()
