"""Movements: the only way a node's on_hand changes, together with its pool's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from orderloom.domain.stock import MovementKind
from orderloom.storage.database import insert_or, require_rows
from orderloom.storage.listings.facts import stock_changed
from orderloom.storage.tables import movements, node_stock, pool_stock

BY_CHANNEL = "channel"
"""Who moved units that left without us: the channel's own word."""


@dataclass(frozen=True)
class Cause:
    """Why units move, and what makes the move happen once."""

    kind: MovementKind
    at: datetime
    by: str
    why: str
    order_key: str | None = None
    line_id: str | None = None
    once: str | None = None

    def as_row(self, sku: str, node: str, delta: int) -> dict[str, object]:
        return {
            "at": self.at,
            "kind": self.kind,
            "sku": sku,
            "node": node,
            "delta": delta,
            "order_key": self.order_key,
            "line_id": self.line_id,
            "by": self.by,
            "why": self.why,
            "once": self.once,
        }


def on_hand_at(connection: Connection, sku: str, node: str) -> int:
    """Units of the SKU at the node; 0 where the ledger never had any."""
    statement = select(node_stock.c.on_hand).where(node_stock.c.sku == sku, node_stock.c.node == node)
    return connection.execute(statement).scalar_one_or_none() or 0


def move(connection: Connection, sku: str, node: str, pool: str, delta: int, cause: Cause) -> None:
    """Change what is there by `delta` units and write down why. Never below zero: see `take_out`."""
    connection.execute(insert(movements), cause.as_row(sku, node, delta))
    empty = {"sku": sku, "node": node, "on_hand": 0, "allocated": 0}
    connection.execute(insert_or(connection, node_stock).values(empty).on_conflict_do_nothing())
    at_node = (
        update(node_stock)
        .where(node_stock.c.sku == sku, node_stock.c.node == node, node_stock.c.on_hand + delta >= 0)
        .values(on_hand=node_stock.c.on_hand + delta)
    )
    require_rows(connection.execute(at_node).rowcount, 1)
    in_pool = (
        update(pool_stock)
        .where(pool_stock.c.sku == sku, pool_stock.c.pool == pool, pool_stock.c.on_hand + delta >= 0)
        .values(on_hand=pool_stock.c.on_hand + delta)
    )
    require_rows(connection.execute(in_pool).rowcount, 1)
    stock_changed(connection, [(pool, sku)])


def take_out(connection: Connection, sku: str, node: str, pool: str, quantity: int, cause: Cause) -> None:
    """Count out units that have left, also where the ledger thought that they were not there.

    They were: so what is missing is first added as an adjustment, and both lines stand in the ledger.
    """
    missing = quantity - on_hand_at(connection, sku, node)
    if missing > 0:
        found = Cause(
            kind=MovementKind.ADJUSTMENT,
            at=cause.at,
            by=cause.by,
            why=f"{missing} units left that the ledger did not have",
            order_key=cause.order_key,
            line_id=cause.line_id,
        )
        move(connection, sku, node, pool, missing, found)
    move(connection, sku, node, pool, -quantity, cause)
