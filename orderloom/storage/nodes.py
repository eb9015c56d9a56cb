"""The configured nodes, as the ledger needs them: each in one pool."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.node_settings import NodeSettings
from orderloom.storage.database import insert_or
from orderloom.storage.tables import node_stock, nodes


def register_nodes(connection: Connection, configured: Iterable[NodeSettings]) -> None:
    """Store the configured nodes. Raises ConfigInvalid where a node with stock would change its pool."""
    known = {row.node: row.pool for row in connection.execute(select(nodes.c.node, nodes.c.pool))}
    for settings in sorted(configured, key=lambda entry: entry.node):
        before = known.get(settings.node)
        if before not in (None, settings.pool) and _has_stock(connection, settings.node):
            why = f"has stock in pool {before!r}; count it to 0 before it moves to {settings.pool!r}"
            raise ConfigInvalid("nodes", None, settings.node, why)
        row = {"node": settings.node, "kind": settings.kind, "name": settings.name, "pool": settings.pool}
        statement = insert_or(connection, nodes).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["node"], set_=row))


def _has_stock(connection: Connection, node: str) -> bool:
    some = (node_stock.c.on_hand != 0) | (node_stock.c.allocated != 0)
    return (
        connection.execute(select(node_stock.c.sku).where(node_stock.c.node == node, some).limit(1)).first() is not None
    )
