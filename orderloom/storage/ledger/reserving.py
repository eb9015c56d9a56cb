"""Reserving: all lines of an order in one transaction, taking what there is and recording the rest."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, update

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Order
from orderloom.domain.stock import Reservation
from orderloom.storage.ledger.allocations import allocated_units, give_back_allocations, trim_loose_allocations
from orderloom.storage.ledger.backorders import end_backorder, wake_backorders
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.elsewhere import counted_elsewhere, fulfilled_units
from orderloom.storage.ledger.rows import (
    Held,
    LinePlace,
    PoolPlace,
    PoolRow,
    as_reservation,
    change_pools,
    held_and_locked,
    held_by,
    open_entry,
    save_held,
)
from orderloom.storage.ledger.selling import tell_cancellation, tell_sales
from orderloom.storage.tables import ledger_orders, reservations


@dataclass
class _Changes:
    """What one call of `reserve` does to the reservation rows and to the pools' counters."""

    held: dict[LinePlace, Held]
    reserved: Counter[PoolPlace]
    short: Counter[PoolPlace]


def reserve(connection: Connection, order: Order, pool: str, pools: Mapping[str, str], now: datetime) -> Reservation:
    """Bring the order's reservation to what its lines ask for now; a released order stays released.

    A line that `pools` names sells from that pool, every other one from `pool`.
    """
    key = str(order.key)
    entry = open_entry(connection, order.key, now)
    if entry.ended_at is not None:
        return as_reservation(held_by(connection, key))
    asked = _asked(order)
    held, found = held_and_locked(connection, key, {(pools.get(line_id, pool), sku) for line_id, sku in asked})
    before = {(row.line_id, row.sku): row for row in held}
    elsewhere = counted_elsewhere(connection, key) if fulfilled_units(order) else Counter[LinePlace]()
    target = _still_needed(order, asked, before, elsewhere)
    changes = _Changes(held={}, reserved=Counter(), short=Counter())
    for place in sorted(target):
        row = before.get(place) or _nothing_held(place, pools.get(place[0], pool))
        if target[place] > row.live:
            _grow(changes, row, target[place] - row.live, found[row.place])
        elif target[place] < row.live:
            _shrink(connection, changes, key, row, row.live - target[place])
    change_pools(connection, changes.reserved, changes.short)
    _write(connection, order, entry.arrived_at, before, changes)
    tell_sales(connection, order, (before | changes.held).values(), elsewhere, now)
    freed = [place for place, units in changes.reserved.items() if units < 0]
    if not freed:
        return as_reservation(row for _, row in sorted((before | changes.held).items()))
    rebalance(connection, freed, now)
    wake_backorders(connection, freed, now)
    return as_reservation(held_by(connection, key))


def release(connection: Connection, key: OrderKey, cancelled_by_channel: bool, now: datetime) -> None:
    """End the order's reservation: what is not shipped goes back, and to whom waits for it."""
    entry = open_entry(connection, key, now)
    if entry.ended_at is not None:
        return
    held, _ = held_and_locked(connection, str(key))
    give_back_allocations(connection, str(key))
    reserved: Counter[PoolPlace] = Counter()
    short: Counter[PoolPlace] = Counter()
    for row in held:
        reserved[row.place] -= row.reserved
        short[row.place] -= row.short
    change_pools(connection, reserved, short)
    left = [row.but(reserved=0, short=0, released=row.released + row.live) for row in held]
    save_held(connection, str(key), left)
    if cancelled_by_channel:
        tell_cancellation(connection, key, left, counted_elsewhere(connection, str(key)), now)
    ended = update(ledger_orders).where(ledger_orders.c.order_key == str(key)).values(ended_at=now)
    connection.execute(ended)
    end_backorder(connection, str(key))
    rebalance(connection, reserved, now)
    wake_backorders(connection, reserved, now)


def reopen(connection: Connection, key: OrderKey) -> None:
    """Its channel added to an order whose rest had been released: it may reserve again, from nothing."""
    connection.execute(update(ledger_orders).where(ledger_orders.c.order_key == str(key)).values(ended_at=None))


def _asked(order: Order) -> Counter[LinePlace]:
    """Component units of every mapped line that needs stock, whoever ships them."""
    asked: Counter[LinePlace] = Counter()
    for line in order.lines:
        if line.needs_stock:
            for part in line.components or ():
                asked[(line.line_id, part.sku)] += line.quantity * part.units
    return asked


def _nothing_held(place: LinePlace, pool: str) -> Held:
    return Held(*place, pool=pool, wanted=0, reserved=0, short=0, shipped=0, released=0)


def _still_needed(
    order: Order, asked: Counter[LinePlace], before: Mapping[LinePlace, Held], elsewhere: Mapping[LinePlace, int]
) -> dict[LinePlace, int]:
    """What each row should hold now. A line that is no longer mapped keeps what it has; one that is gone needs 0.

    What the channel counts as fulfilled may be what we shipped ourselves, so the two are not added.
    """
    unmapped = {line.line_id for line in order.lines if line.components is None}
    fulfilled = fulfilled_units(order)
    needed = {place: 0 for place in before if place[0] not in unmapped}
    for place, units in asked.items():
        shipped = before[place].shipped if place in before else 0
        left = max(shipped + elsewhere.get(place, 0), fulfilled[place])
        if units > left or place in before:
            needed[place] = max(units - left, 0)
    return needed


def _grow(changes: _Changes, row: Held, units: int, pool: PoolRow) -> None:
    taken = min(units, max(pool.free - changes.reserved[row.place], 0))
    changes.reserved[row.place] += taken
    changes.short[row.place] += units - taken
    changes.held[(row.line_id, row.sku)] = row.but(
        wanted=row.wanted + units, reserved=row.reserved + taken, short=row.short + units - taken
    )


def _shrink(connection: Connection, changes: _Changes, order_key: str, row: Held, units: int) -> None:
    """Give back: shortages first, then reserved units, except those that a node was already asked to ship."""
    from_short = min(units, row.short)
    firm = allocated_units(connection, order_key, loose=False)[(row.line_id, row.sku)]
    from_reserved = min(units - from_short, max(row.reserved - firm, 0))
    kept = row.reserved - from_reserved
    trim_loose_allocations(connection, order_key, row.line_id, row.sku, max(kept - firm, 0))
    changes.reserved[row.place] -= from_reserved
    changes.short[row.place] -= from_short
    changes.held[(row.line_id, row.sku)] = row.but(
        reserved=kept, short=row.short - from_short, released=row.released + from_short + from_reserved
    )


def _write(
    connection: Connection, order: Order, arrived_at: datetime, before: Mapping[LinePlace, Held], changes: _Changes
) -> None:
    order_key, ship_by = str(order.key), order.ship_by.latest
    rows = [
        {
            "order_key": order_key,
            "line_id": row.line_id,
            "sku": row.sku,
            "pool": row.pool,
            "arrived_at": arrived_at,
            "ship_by": ship_by,
            "placed_at": order.placed_at,
            "wanted": row.wanted,
            "reserved": row.reserved,
            "short": row.short,
            "shipped": row.shipped,
            "released": row.released,
        }
        for place, row in changes.held.items()
        if place not in before
    ]
    if rows:
        connection.execute(insert(reservations), rows)
    save_held(connection, order_key, (row for place, row in changes.held.items() if place in before))
    if before:
        changed = reservations.c.order_key == order_key, reservations.c.ship_by.is_distinct_from(ship_by)
        connection.execute(update(reservations).where(*changed).values(ship_by=ship_by))
