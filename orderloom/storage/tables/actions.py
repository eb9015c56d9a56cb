"""The calls that rules have done beside shipping."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from orderloom.storage.tables.base import UtcTime, metadata, required

action_runs = Table(
    "action_runs",
    metadata,
    Column("run", String, primary_key=True),
    required("order_key", String),
    required("action", String),
    required("at_stage", String),
    required("decision", String),
    required("attempt", Integer),
    required("state", String),
    required("text", Text),
    required("asked_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("answer", Text),
    Index(None, "order_key"),
)
