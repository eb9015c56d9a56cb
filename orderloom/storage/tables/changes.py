"""Changes of mind: who wants an order cancelled, cancellations that a channel is told of, and what came back."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from orderloom.storage.tables.base import UtcTime, metadata, required

cancel_wishes = Table(
    "cancel_wishes",
    metadata,
    Column("order_key", String, primary_key=True),
    required("why", Text),
    Column("reason", String),
    required("asked_at", UtcTime),
)

channel_cancellations = Table(
    "channel_cancellations",
    metadata,
    Column("order_key", String, primary_key=True),
    required("channel", String),
    required("account", String),
    required("reason", String),
    required("lines", Text),
    required("state", String),
    required("reference", String),
    required("detail", Text),
    required("asked_at", UtcTime),
    required("changed_at", UtcTime),
    Index(None, "channel", "account", "state", "asked_at"),
)

goods_back = Table(
    "goods_back",
    metadata,
    Column("order_key", String, primary_key=True),
    Column("change_id", String, primary_key=True),
    required("line_id", String),
    required("quantity", Integer),
    required("reason", String),
    Column("node", String),
    required("at", UtcTime),
    required("taken_at", UtcTime),
)

waiting_returns = Table(
    "waiting_returns",
    metadata,
    Column("order_key", String, primary_key=True),
    Column("change_id", String, primary_key=True),
    required("listing", String),
    required("channel", String),
    required("account", String),
    required("title", Text),
    required("document", Text),
    Index(None, "listing", "channel", "account"),
)
