"""Changes of mind that a channel is told of in batches."""

from sqlalchemy import Column, Index, String, Table, Text

from orderloom.storage.tables.base import UtcTime, metadata, required

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
