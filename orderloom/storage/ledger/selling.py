"""What a channel sold, told to the listings once: in the transaction that takes or gives back the order's units.

Availability is one thing (the pools' counters say it), what a listing may still sell is another: only the channel's
own sales and cancellations move that. A line that somebody else fulfils is neither.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, Row, bindparam, select

from orderloom.domain.keys import OrderKey
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.orders import Order, OrderLine
from orderloom.storage.database import insert_in
from orderloom.storage.ledger.rows import Held, LinePlace
from orderloom.storage.listings.facts import Fact, FactKind, append_facts
from orderloom.storage.tables import listing_sales, orders

_TOLD = select(listing_sales).where(listing_sales.c.order_key == bindparam("its_key"))


def tell_sales(
    connection: Connection, order: Order, held: Iterable[Held], elsewhere: Mapping[LinePlace, int], now: datetime
) -> None:
    """Tell what this order took since it was last told, and what its channel took back.

    `elsewhere` are units that left without us. A line sold n units of its listing, and holds the stock of some of
    them: the smaller figure is told. Only a line that sold less than was told has been cancelled.
    """
    told = {row.line_id: row for row in connection.execute(_TOLD, {"its_key": str(order.key)})}
    taken = _taken(held) + Counter(elsewhere)
    facts: list[Fact] = []
    changed: dict[str, tuple[str, int]] = {}
    for line in order.lines:
        before = told[line.line_id].told if line.line_id in told else 0
        sold = line.quantity if line.needs_stock else 0
        after = min(before, sold)
        if sold > before and line.components:
            after = max(before, min(sold, _claimed(line, taken)))
        if after != before:
            # Units go back to the listing that sold them, also where the line goes by another name since.
            listing = line.listing if after > before else told[line.line_id].listing
            facts.append(_fact(order.key, listing, after - before, order))
            changed[line.line_id] = (listing, after)
    lines = {line.line_id for line in order.lines}
    for line_id, row in told.items():
        if line_id not in lines and row.told:
            facts.append(_fact(order.key, row.listing, -row.told, order))
            changed[line_id] = (row.listing, 0)
    _save(connection, order.key, changed)
    append_facts(connection, order.key.channel, order.key.account, facts, now)


def tell_cancellation(
    connection: Connection, key: OrderKey, left: Iterable[Held], elsewhere: Mapping[LinePlace, int], now: datetime
) -> None:
    """Its channel cancelled the order and restocked what had not left; `left` are its rows after the release."""
    gone = {line_id for (line_id, _), units in (_taken(left) + Counter(elsewhere)).items() if units}
    rows: list[Row[tuple[str, str, int]]] = [
        row for row in connection.execute(_TOLD, {"its_key": str(key)}) if row.told and row.line_id not in gone
    ]
    at = connection.execute(select(orders.c.changed_at).where(orders.c.order_key == str(key))).scalar_one_or_none()
    when = (at or now).timestamp()
    _save(connection, key, {row.line_id: (row.listing, 0) for row in rows})
    facts = [Fact(FactKind.CANCELLED, _listing(key, row.listing), row.told, when) for row in rows]
    append_facts(connection, key.channel, key.account, facts, now)


def _taken(held: Iterable[Held]) -> Counter[LinePlace]:
    """Component units that each line has, is owed or has had."""
    return Counter({(row.line_id, row.sku): row.reserved + row.short + row.shipped for row in held})


def _claimed(line: OrderLine, taken: Mapping[LinePlace, int]) -> int:
    """Whole units of the listing that the line has stock of; one begun counts as taken."""
    needs: Counter[str] = Counter()
    for part in line.components or ():
        needs[part.sku] += part.units
    return min(-(-taken[(line.line_id, sku)] // units) for sku, units in needs.items())


def _fact(key: OrderKey, listing: str, change: int, order: Order) -> Fact:
    kind, at = (FactKind.SALE, order.placed_at) if change > 0 else (FactKind.CANCELLED, order.updated_at)
    return Fact(kind, _listing(key, listing), abs(change), at.timestamp())


def _listing(key: OrderKey, listing: str) -> ListingKey:
    return ListingKey(channel=key.channel, account=key.account, listing=listing)


def _save(connection: Connection, key: OrderKey, told: Mapping[str, tuple[str, int]]) -> None:
    rows = [
        {
            "order_key": str(key),
            "line_id": line_id,
            "channel": key.channel,
            "account": key.account,
            "listing": listing,
            "told": units,
        }
        for line_id, (listing, units) in told.items()
    ]
    if rows:
        connection.execute(_saving(connection.dialect.name), rows)


@cache
def _saving(dialect: str) -> Executable:
    statement = insert_in(dialect, listing_sales)
    last = {"listing": statement.excluded.listing, "told": statement.excluded.told}
    return statement.on_conflict_do_update(index_elements=["order_key", "line_id"], set_=last)
