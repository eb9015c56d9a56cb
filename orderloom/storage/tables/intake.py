"""What reaches us and how far we have read: accounts, raw events, data keys, wake-ups, watermarks."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

accounts = Table(
    "accounts",
    metadata,
    Column("channel", String, primary_key=True),
    Column("account", String, primary_key=True),
    required("connected_at", UtcTime),
    required("live_from", UtcTime),
    Column("paused_at", UtcTime),
    Column("resumed_at", UtcTime),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("data_key_id", String, primary_key=True),
    required("subject", String, unique=True),
    Column("order_key", String, index=True),
    required("master_key", String),
    required("wrapped", LargeBinary),
    required("created_at", UtcTime),
)

raw_events = Table(
    "raw_events",
    metadata,
    Column("event_id", String, primary_key=True),
    required("origin", String),
    required("topic", String),
    required("delivery_id", String),
    required("source", String),
    Column("order_key", String),
    required("received_at", UtcTime),
    Column("triggered_at", UtcTime),
    required("state", String),
    required("detail", Text),
    required("attempts", Integer),
    Column("leased_until", UtcTime),
    required("data_key_id", String),
    required("body", LargeBinary),
    UniqueConstraint("origin", "topic", "delivery_id"),
    Index(None, "state", "received_at"),
    Index(None, "order_key", "received_at"),
)

erasures = Table(
    "erasures",
    metadata,
    # Not an order of ours by force: a channel may ask for one that never reached us.
    Column("order_key", String, primary_key=True),
    required("asked_at", UtcTime),
    Column("erased_at", UtcTime),
)

privacy_requests = Table(
    "privacy_requests",
    metadata,
    Column("request_id", Serial, primary_key=True),
    required("kind", String),
    required("channel", String),
    required("account", String),
    required("event_id", String, unique=True),
    required("orders", Text),
    required("asked_at", UtcTime),
    Column("answered_at", UtcTime),
    required("answered_by", String),
)

wakeups = Table(
    "wakeups",
    metadata,
    Column("wakeup_id", Serial, primary_key=True),
    required("order_key", String),
    required("reason", String),
    required("created_at", UtcTime),
    Column("leased_until", UtcTime),
    # A number is never given twice: `wakeup_done` of an old one must not take a new one away.
    sqlite_autoincrement=True,
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("channel", String, primary_key=True),
    Column("account", String, primary_key=True),
    required("read_until", UtcTime),
    Column("page_token", Text),
    Column("sweep_from", UtcTime),
)
