"""The stock ledger. CHECK constraints hold what one row can hold; `verify` holds what only sums can."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

nodes = Table(
    "nodes",
    metadata,
    Column("node", String, primary_key=True),
    required("kind", String),
    required("name", String),
    required("pool", String, index=True),
)

node_stock = Table(
    "node_stock",
    metadata,
    Column("sku", String, primary_key=True),
    Column("node", String, ForeignKey("nodes.node"), primary_key=True),
    required("on_hand", Integer),
    required("allocated", Integer),
    CheckConstraint("on_hand >= 0 AND allocated >= 0", name="not_negative"),
)

pool_stock = Table(
    "pool_stock",
    metadata,
    Column("pool", String, primary_key=True),
    Column("sku", String, primary_key=True),
    required("on_hand", Integer),
    required("reserved", Integer),
    required("short", Integer),
    CheckConstraint("on_hand >= 0 AND reserved >= 0 AND short >= 0", name="not_negative"),
)

movements = Table(
    "movements",
    metadata,
    Column("movement_id", Serial, primary_key=True),
    required("at", UtcTime),
    required("kind", String),
    required("sku", String),
    required("node", String),
    required("delta", Integer),
    Column("order_key", String, index=True),
    Column("line_id", String),
    required("by", String),
    required("why", Text),
    Column("once", String, unique=True),
    Index(None, "sku", "node"),
)

ledger_orders = Table(
    "ledger_orders",
    metadata,
    Column("order_key", String, primary_key=True),
    required("arrived_at", UtcTime),
    Column("ended_at", UtcTime),
)

reservations = Table(
    "reservations",
    metadata,
    Column("order_key", String, ForeignKey("ledger_orders.order_key"), primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("sku", String, primary_key=True),
    required("pool", String),
    required("arrived_at", UtcTime),
    Column("ship_by", UtcTime),
    Column("placed_at", UtcTime),
    required("wanted", Integer),
    required("reserved", Integer),
    required("short", Integer),
    required("shipped", Integer),
    required("released", Integer),
    CheckConstraint("reserved >= 0 AND short >= 0 AND shipped >= 0 AND released >= 0", name="not_negative"),
    CheckConstraint("wanted = reserved + short + shipped + released", name="adds_up"),
    Index(
        "ix_reservations_short",
        "pool",
        "sku",
        "ship_by",
        "placed_at",
        sqlite_where=text("short > 0"),
        postgresql_where=text("short > 0"),
    ),
    Index(
        "ix_reservations_live",
        "pool",
        "sku",
        "ship_by",
        "placed_at",
        sqlite_where=text("reserved > 0"),
        postgresql_where=text("reserved > 0"),
    ),
)

backorders = Table(
    "backorders",
    metadata,
    Column("order_key", String, ForeignKey("ledger_orders.order_key"), primary_key=True),
    required("until", UtcTime),
    required("since", UtcTime),
)
