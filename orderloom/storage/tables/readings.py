"""What nodes say they have: how the last question went, and the counts that differences propose."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

stock_readings = Table(
    "stock_readings",
    metadata,
    Column("node", String, ForeignKey("nodes.node"), primary_key=True),
    Column("read_at", UtcTime),
    required("skus", Integer),
    required("tried_at", UtcTime),
    required("trouble", Text),
    Column("troubled_since", UtcTime),
)

count_proposals = Table(
    "count_proposals",
    metadata,
    Column("proposal_id", Serial, primary_key=True),
    required("node", String),
    required("sku", String),
    required("expected", Integer),
    required("difference", Integer),
    required("read_at", UtcTime),
    required("state", String),
    Column("decided_at", UtcTime),
    Column("decided_by", String),
    required("why", Text),
    CheckConstraint("difference <> 0", name="differs"),
    # One open proposal for a place: the last reading's.
    Index(
        "ix_count_proposals_open",
        "node",
        "sku",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(None, "node", "sku"),
)
