"""Counts: a person says how many units are there, the ledger writes the difference and serves who waits."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import CountReceipt, MovementKind, StockCount
from orderloom.storage.catalog import unknown_skus
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move, on_hand_at
from orderloom.storage.ledger.rows import PoolPlace, lock_pools, pools_of_nodes


def count(connection: Connection, counts: Sequence[StockCount], by: str, why: str, now: datetime) -> list[CountReceipt]:
    """All counts or none. Units that shortages waited for are shown in the first receipt of their SKU and pool."""
    unknown = unknown_skus(connection, sorted({entry.sku for entry in counts}))
    if unknown:
        raise InputInvalid("stock", None, unknown[0], "is no SKU here; import it first")
    pools = pools_of_nodes(connection, {entry.node for entry in counts})
    places = {(pools[entry.node], entry.sku) for entry in counts}
    lock_pools(connection, places)
    befores = [_set(connection, entry, pools[entry.node], by, why, now) for entry in counts]
    served = rebalance(connection, places, now)
    return [
        CountReceipt(
            sku=entry.sku,
            node=entry.node,
            before=before,
            after=entry.on_hand,
            shortages_served=_told_once(served, (pools[entry.node], entry.sku)),
        )
        for entry, before in zip(counts, befores, strict=True)
    ]


def _set(connection: Connection, entry: StockCount, pool: str, by: str, why: str, now: datetime) -> int:
    before = on_hand_at(connection, entry.sku, entry.node)
    cause = Cause(kind=MovementKind.COUNT, at=now, by=by, why=why)
    move(connection, entry.sku, entry.node, pool, entry.on_hand - before, cause)
    return before


def _told_once(served: Counter[PoolPlace], place: PoolPlace) -> int:
    return served.pop(place, 0)
