"""Who ships an order: decisions, shipments by attempt, their allocations, and the packages that left."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Serial, primary_key=True),
    required("order_key", String),
    required("decided_at", UtcTime),
    required("rules_hash", String),
    Column("rule", String),
    required("document", Text),
    Column("rules_version", Integer),
    Column("rules_book", String),
    UniqueConstraint("order_key", "decided_at"),
)

shipments = Table(
    "shipments",
    metadata,
    Column("dispatch_id", String, primary_key=True),
    required("order_key", String),
    required("number", Integer),
    required("attempt", Integer),
    required("node", String, ForeignKey("nodes.node")),
    required("state", String),
    required("reason", Text),
    Column("dispatched_at", UtcTime),
    required("address_version", Integer, server_default="0"),
    UniqueConstraint("order_key", "number", "attempt"),
)

allocations = Table(
    "allocations",
    metadata,
    Column("dispatch_id", String, ForeignKey("shipments.dispatch_id"), primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("sku", String, primary_key=True),
    required("order_key", String, index=True),
    required("node", String),
    required("quantity", Integer),
    required("shipped", Integer),
    required("released", Integer),
    CheckConstraint("shipped >= 0 AND released >= 0 AND shipped + released <= quantity", name="adds_up"),
)

departures = Table(
    "departures",
    metadata,
    Column("dispatch_id", String, ForeignKey("shipments.dispatch_id"), primary_key=True),
    Column("package_id", String, primary_key=True),
    required("at", UtcTime),
)

packages = Table(
    "packages",
    metadata,
    Column("dispatch_id", String, ForeignKey("shipments.dispatch_id"), primary_key=True),
    Column("package_id", String, primary_key=True),
    required("order_key", String),
    required("number", Integer),
    required("shipment", Integer),
    required("document", Text),
    required("recorded_at", UtcTime),
    Column("delivered_at", UtcTime),
    Column("confirmed_at", UtcTime),
    Column("reference", String),
    required("label", Integer, server_default="0"),
    Column("labelled_at", UtcTime),
    Column("told_label", Integer),
    Column("told_lines", Text),
    Column("lost_at", UtcTime),
    UniqueConstraint("order_key", "number"),
    Index(None, "recorded_at"),
)
