"""The orders as we know them, their timeline, and which listings they wait for."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

orders = Table(
    "orders",
    metadata,
    Column("order_key", String, primary_key=True),
    required("name", String),
    required("status", String),
    Column("hold", Text),
    required("nodes", Text),
    required("document", Text),
    required("changed_at", UtcTime),
    Column("data_key_id", String),
    Column("personal", LargeBinary),
    required("arrived_at", UtcTime),
    required("updated_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("deliver_by", UtcTime),
    Column("delivered_at", UtcTime),
    required("adopted", Boolean),
    Column("placed_at", UtcTime),
    Column("ship_by", UtcTime),
    required("address_version", Integer, server_default="0"),
    Column("unordered_event", String),
    Index(None, "updated_at"),
    Index(None, "status", "updated_at"),
    Index(None, "placed_at"),
    Index(None, "ship_by"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("entry_id", Serial, primary_key=True),
    required("order_key", String),
    required("at", UtcTime),
    required("what", String),
    required("text", Text),
    Column("once", String),
    Index(None, "order_key", "at"),
    UniqueConstraint("order_key", "once"),
)

waiting_listings = Table(
    "waiting_listings",
    metadata,
    Column("order_key", String, primary_key=True),
    Column("listing", String, primary_key=True),
    required("channel", String),
    required("account", String),
    required("title", Text),
    Index(None, "listing", "channel", "account"),
)
