"""What the channels show, the states of the pools that listings sell from, facts not folded yet, and pushes."""

from sqlalchemy import Boolean, CheckConstraint, Column, Float, Index, Integer, String, Table, Text, text

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

listing_offers = Table(
    "listing_offers",
    metadata,
    Column("channel", String, primary_key=True),
    Column("account", String, primary_key=True),
    Column("listing", String, primary_key=True),
    required("sku", String),
    required("own_name", String),
    required("reference", String),
    required("document", Text),
    required("read_at", Float),
    required("seen_at", UtcTime),
    required("is_gone", Boolean),
    Column("look_at", Float),
    required("refusals", Integer),
    Column("retry_at", Float),
    required("trouble", Text),
    Column("zeroed_at", UtcTime),
    Index(None, "channel", "account", "look_at"),
    Index(None, "channel", "account", "reference"),
    Index(None, "channel", "account", "sku"),
)
"""One row per listing as last read. `sku` is its seller SKU, which several of a Shopify shop may have; only one of them
is called by it, the others by their `own_name`. Times without a zone are epoch seconds, as the listing policy counts.

`look_at`: when it is due to be read again. `refusals`, `retry_at`, `trouble`: a channel that refuses a push is asked
again later and later. `zeroed_at`: written to zero because an order could not be mapped.
"""

listing_parts = Table(
    "listing_parts",
    metadata,
    Column("channel", String, primary_key=True),
    Column("account", String, primary_key=True),
    Column("listing", String, primary_key=True),
    Column("sku", String, primary_key=True),
    required("pool", String),
    required("units", Integer),
    CheckConstraint("units > 0", name="units"),
    Index(None, "pool", "sku"),
)
"""The published listings' components, as the catalog and the configuration said at their last reading."""

listing_pools = Table(
    "listing_pools",
    metadata,
    Column("pool", String, primary_key=True),
    Column("place", String, primary_key=True),
    Column("document", Text),
    required("due_at", Float),
    required("failures", Integer),
    required("not_before", Float),
    Index(None, "due_at"),
)
"""One PoolState per SKU of a pool that a published listing uses; none before it was counted.

`due_at` is when it should be planned again: 0 after the ledger changed its stock. `not_before` holds a place back
whose planning failed.
"""

listing_facts = Table(
    "listing_facts",
    metadata,
    Column("fact_id", Serial, primary_key=True),
    required("pool", String),
    required("place", String),
    required("kind", String),
    required("channel", String),
    required("account", String),
    required("listing", String),
    Column("quantity", Integer),
    Column("at", Float),
    required("recorded_at", Float),
    required("detail", Text),
    Index(None, "pool", "place", "fact_id"),
)
"""What happened to a listing and is not in its pool's state yet. `quantity` is in the listing's own units."""

listing_sales = Table(
    "listing_sales",
    metadata,
    Column("order_key", String, primary_key=True),
    Column("line_id", String, primary_key=True),
    required("channel", String),
    required("account", String),
    required("listing", String),
    required("told", Integer),
    CheckConstraint("told >= 0", name="told"),
)
"""How many units of an order's line have been told as sold, in the listing's own units."""

listing_pushes = Table(
    "listing_pushes",
    metadata,
    Column("push_id", Serial, primary_key=True),
    required("channel", String),
    required("account", String),
    required("listing", String),
    Column("pool", String),
    Column("place", String),
    required("reference", String),
    Column("change_from", Integer),
    required("quantity", Integer),
    required("places", Text),
    required("risk", Float),
    required("state", String),
    required("created_at", UtcTime),
    Column("batch_key", String),
    Column("first_sent_at", UtcTime),
    Column("answered_at", UtcTime),
    required("reason", Text),
    CheckConstraint("quantity >= 0", name="quantity"),
    Index(
        "ix_listing_pushes_open",
        "channel",
        "account",
        "state",
        "risk",
        sqlite_where=text("answered_at IS NULL"),
        postgresql_where=text("answered_at IS NULL"),
    ),
    Index(None, "answered_at"),
    Index(None, "channel", "account", "listing"),
)

listing_alerts = Table(
    "listing_alerts",
    metadata,
    Column("alert_id", Serial, primary_key=True),
    required("pool", String),
    required("place", String),
    required("listing", String),
    required("kind", String),
    required("since", UtcTime),
    Column("cleared_at", UtcTime),
    Column("cleared_by", String),
    Index(None, "pool", "listing", "kind"),
)

listing_pauses = Table(
    "listing_pauses",
    metadata,
    Column("sku", String, primary_key=True),
    required("at", UtcTime),
    required("by", String),
    required("why", Text),
)
