"""Counts and receipts: how many units are there now, or came in. The ledger writes the difference, serves who waits."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import CountReceipt, MovementKind, StockCount, StockReceipt
from orderloom.storage.catalog import unknown_skus
from orderloom.storage.ledger.backorders import wake_backorders
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move, on_hand_at
from orderloom.storage.ledger.rows import PoolPlace, lock_pools, pools_of_nodes
from orderloom.storage.tables import movements

RECEIVED = "receipt"
Line = TypeVar("Line", StockCount, StockReceipt)


def count(connection: Connection, counts: Sequence[StockCount], by: str, why: str, now: datetime) -> list[CountReceipt]:
    """All counts or none. Units that shortages waited for are shown in the first receipt of their SKU and pool."""
    cause = Cause(kind=MovementKind.COUNT, at=now, by=by, why=why)
    return _enter(connection, counts, lambda entry, before: entry.on_hand - before, cause)


def receive(
    connection: Connection, received: Sequence[StockReceipt], by: str, why: str, now: datetime, once: str | None = None
) -> list[CountReceipt]:
    """All of them or none; lines of one place add up, each with its own movement. Shown as counts are.

    The delivery that `once` names is received once: its first movement carries the name.
    """
    name = f"{RECEIVED}:{once}" if once else None
    cause = Cause(kind=MovementKind.RECEIPT, at=now, by=by, why=why, once=name)
    return _enter(connection, received, lambda entry, before: entry.quantity, cause)


def _enter(
    connection: Connection, lines: Sequence[Line], change: Callable[[Line, int], int], cause: Cause
) -> list[CountReceipt]:
    """Move each line's place by `change` of the line and what was there."""
    unknown = unknown_skus(connection, sorted({line.sku for line in lines}))
    if unknown:
        raise InputInvalid("stock", None, unknown[0], "is no SKU here; import it first")
    pools = pools_of_nodes(connection, {line.node for line in lines})
    places = {(pools[line.node], line.sku) for line in lines}
    lock_pools(connection, places)
    _require_new(connection, cause)
    moved: list[tuple[int, int]] = []
    for line in lines:
        before = on_hand_at(connection, line.sku, line.node)
        delta = change(line, before)
        move(connection, line.sku, line.node, pools[line.node], delta, cause)
        moved.append((before, before + delta))
        cause = replace(cause, once=None)
    served = rebalance(connection, places, cause.at)
    wake_backorders(connection, places, cause.at)
    return [
        CountReceipt(
            sku=line.sku,
            node=line.node,
            before=before,
            after=after,
            shortages_served=_told_once(served, (pools[line.node], line.sku)),
        )
        for line, (before, after) in zip(lines, moved, strict=True)
    ]


def _require_new(connection: Connection, cause: Cause) -> None:
    """Two imports of one delivery at once have the same places, so the second waits for the first and finds it."""
    if cause.once is None:
        return
    columns = movements.c
    known = connection.execute(select(columns.at, columns.by).where(columns.once == cause.once)).one_or_none()
    if known:
        told = f"was received already, on {known.at:%Y-%m-%d %H:%M} UTC by {known.by}; nothing was added"
        name = cause.once.removeprefix(f"{RECEIVED}:")
        raise InputInvalid("stock", None, name, f"{told}. If it is another delivery, give it a reference of its own")


def _told_once(served: Counter[PoolPlace], place: PoolPlace) -> int:
    return served.pop(place, 0)
