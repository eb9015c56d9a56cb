"""Facts that wait to be folded into a pool's state. Each is left by the transaction that made it true, so once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey
from orderloom.storage.database import in_batches
from orderloom.storage.tables import listing_facts, listing_parts, listing_pools

PoolPlace = tuple[str, str]
"""A pool and a SKU."""


class FactKind(StrEnum):
    SALE = "sale"
    """`at` is when the buyer ordered."""
    CANCELLED = "cancelled"
    """The channel took units back and restocked them, `at` by its own time."""
    OFFER = "offer"
    """It was read: `at` is when the request was sent, `recorded_at` when the answer was here."""
    DONE = "done"
    ACCEPTED = "accepted"
    STALE = "stale"
    """`quantity` is what it shows instead."""
    REFUSED = "refused"
    LOST = "lost"
    CLEARED = "cleared"
    """A person has looked at the alert named in `detail`."""
    LEFT = "left"
    """It no longer sells from this pool."""


@dataclass(frozen=True)
class Fact:
    """One fact about a listing, in the listing's own units; `at` and `recorded_at` in epoch seconds."""

    kind: FactKind
    key: ListingKey
    quantity: int | None = None
    at: float | None = None
    detail: str = ""


def stock_changed(connection: Connection, places: Iterable[PoolPlace]) -> None:
    """Have these pools' listings planned anew. The caller holds their `pool_stock` rows.

    The figure itself is read from the ledger when it is planned, so that a hundred changes are one.
    """
    rows = [{"its_pool": pool, "its_place": sku} for pool, sku in sorted(set(places))]
    if rows:
        connection.execute(_DUE, rows)


_DUE = (
    update(listing_pools)
    .where(
        listing_pools.c.pool == bindparam("its_pool"),
        listing_pools.c.place == bindparam("its_place"),
        listing_pools.c.due_at > 0,
    )
    .values(due_at=0.0)
)


def append_facts(connection: Connection, channel: Channel, account: str, facts: Iterable[Fact], now: datetime) -> None:
    """Leave facts of one account; those of listings that sell from no pool are nobody's concern."""
    told = list(facts)
    if not told:
        return
    places = places_of(connection, channel, account, {fact.key.listing for fact in told})
    rows = [fact_row(fact, places[fact.key.listing], now.timestamp()) for fact in told if fact.key.listing in places]
    if rows:
        connection.execute(insert(listing_facts), rows)


def fact_row(fact: Fact, place: PoolPlace, recorded_at: float) -> dict[str, object]:
    return {
        "pool": place[0],
        "place": place[1],
        "kind": fact.kind,
        "channel": fact.key.channel,
        "account": fact.key.account,
        "listing": fact.key.listing,
        "quantity": fact.quantity,
        "at": fact.at,
        "recorded_at": recorded_at,
        "detail": fact.detail,
    }


def places_of(connection: Connection, channel: Channel, account: str, names: Iterable[str]) -> Mapping[str, PoolPlace]:
    """Where the facts of these listings go: their pool, and the first of their SKUs."""
    found: dict[str, PoolPlace] = {}
    for batch in in_batches(sorted(set(names))):
        asked = {"its_channel": channel, "its_account": account, "its_listings": batch}
        for row in connection.execute(_PLACES, asked):
            found.setdefault(row.listing, (row.pool, row.sku))
    return found


_PLACES = (
    select(listing_parts.c.listing, listing_parts.c.pool, listing_parts.c.sku)
    .where(listing_parts.c.channel == bindparam("its_channel"), listing_parts.c.account == bindparam("its_account"))
    .where(listing_parts.c.listing.in_(bindparam("its_listings", expanding=True)))
    .order_by(listing_parts.c.sku)
)
"""Built once: every sale asks it."""
