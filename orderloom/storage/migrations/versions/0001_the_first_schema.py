"""The first schema: everything that the order store starts with."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_accounts")),
    )
    op.create_table(
        "data_keys",
        sa.Column("data_key_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=True),
        sa.Column("master_key", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("data_key_id", name=op.f("pk_data_keys")),
        sa.UniqueConstraint("subject", name=op.f("uq_data_keys_subject")),
    )
    op.create_index(op.f("ix_data_keys_order_key"), "data_keys", ["order_key"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules_hash", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("order_key", "decided_at", name=op.f("uq_decisions_order_key_decided_at")),
    )
    op.create_table(
        "ledger_orders",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_ledger_orders")),
    )
    op.create_table(
        "listings",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "listing", name=op.f("pk_listings")),
    )
    op.create_table(
        "movements",
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=True),
        sa.Column("line_id", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("once", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_movements")),
        sa.UniqueConstraint("once", name=op.f("uq_movements_once")),
    )
    op.create_index(op.f("ix_movements_order_key"), "movements", ["order_key"], unique=False)
    op.create_index(op.f("ix_movements_sku_node"), "movements", ["sku", "node"], unique=False)

    op.create_table(
        "nodes",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_nodes")),
    )
    op.create_index(op.f("ix_nodes_pool"), "nodes", ["pool"], unique=False)

    op.create_table(
        "orders",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data_key_id", sa.String(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deliver_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_status_updated_at"), "orders", ["status", "updated_at"], unique=False)
    op.create_index(op.f("ix_orders_updated_at"), "orders", ["updated_at"], unique=False)

    op.create_table(
        "pool_stock",
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0 AND reserved >= 0 AND short >= 0", name=op.f("ck_pool_stock_not_negative")),
        sa.PrimaryKeyConstraint("pool", "sku", name=op.f("pk_pool_stock")),
    )
    op.create_table(
        "raw_events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("triggered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_key_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_raw_events")),
        sa.UniqueConstraint("origin", "topic", "delivery_id", name=op.f("uq_raw_events_origin_topic_delivery_id")),
    )
    op.create_index(
        op.f("ix_raw_events_order_key_received_at"), "raw_events", ["order_key", "received_at"], unique=False
    )
    op.create_index(op.f("ix_raw_events_state_received_at"), "raw_events", ["state", "received_at"], unique=False)

    op.create_table(
        "skus",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("cost_minor_units", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cost_currency", sa.String(), nullable=True),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=True),
        sa.Column("hazmat", sa.Boolean(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_skus")),
    )
    op.create_table(
        "timeline",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("once", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_timeline")),
        sa.UniqueConstraint("order_key", "once", name=op.f("uq_timeline_order_key_once")),
    )
    op.create_index(op.f("ix_timeline_order_key_at"), "timeline", ["order_key", "at"], unique=False)

    op.create_table(
        "waiting_listings",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_key", "listing", name=op.f("pk_waiting_listings")),
    )
    op.create_index(
        op.f("ix_waiting_listings_listing_channel_account"),
        "waiting_listings",
        ["listing", "channel", "account"],
        unique=False,
    )

    op.create_table(
        "wakeups",
        sa.Column("wakeup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("wakeup_id", name=op.f("pk_wakeups")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watermarks",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_token", sa.Text(), nullable=True),
        sa.Column("sweep_from", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_watermarks")),
    )
    op.create_table(
        "listing_components",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_listing_components_units")),
        sa.ForeignKeyConstraint(
            ["channel", "account", "listing"],
            ["listings.channel", "listings.account", "listings.listing"],
            name=op.f("fk_listing_components_channel_listings"),
        ),
        sa.ForeignKeyConstraint(["sku"], ["skus.sku"], name=op.f("fk_listing_components_sku_skus")),
        sa.PrimaryKeyConstraint("channel", "account", "listing", "position", name=op.f("pk_listing_components")),
    )
    op.create_table(
        "node_stock",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0 AND allocated >= 0", name=op.f("ck_node_stock_not_negative")),
        sa.ForeignKeyConstraint(["node"], ["nodes.node"], name=op.f("fk_node_stock_node_nodes")),
        sa.PrimaryKeyConstraint("sku", "node", name=op.f("pk_node_stock")),
    )
    op.create_table(
        "reservations",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reserved >= 0 AND short >= 0 AND shipped >= 0 AND released >= 0", name=op.f("ck_reservations_not_negative")
        ),
        sa.CheckConstraint("wanted = reserved + short + shipped + released", name=op.f("ck_reservations_adds_up")),
        sa.ForeignKeyConstraint(
            ["order_key"], ["ledger_orders.order_key"], name=op.f("fk_reservations_order_key_ledger_orders")
        ),
        sa.PrimaryKeyConstraint("order_key", "line_id", "sku", name=op.f("pk_reservations")),
    )
    op.create_index(
        "ix_reservations_live",
        "reservations",
        ["pool", "sku", "arrived_at"],
        unique=False,
        sqlite_where=sa.text("reserved > 0"),
        postgresql_where=sa.text("reserved > 0"),
    )
    op.create_index(
        "ix_reservations_short",
        "reservations",
        ["pool", "sku", "arrived_at"],
        unique=False,
        sqlite_where=sa.text("short > 0"),
        postgresql_where=sa.text("short > 0"),
    )

    op.create_table(
        "shipments",
        sa.Column("dispatch_id", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["node"], ["nodes.node"], name=op.f("fk_shipments_node_nodes")),
        sa.PrimaryKeyConstraint("dispatch_id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("order_key", "number", "attempt", name=op.f("uq_shipments_order_key_number_attempt")),
    )
    op.create_table(
        "allocations",
        sa.Column("dispatch_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "shipped >= 0 AND released >= 0 AND shipped + released <= quantity", name=op.f("ck_allocations_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["shipments.dispatch_id"], name=op.f("fk_allocations_dispatch_id_shipments")
        ),
        sa.PrimaryKeyConstraint("dispatch_id", "line_id", "sku", name=op.f("pk_allocations")),
    )
    op.create_index(op.f("ix_allocations_order_key"), "allocations", ["order_key"], unique=False)

    op.create_table(
        "departures",
        sa.Column("dispatch_id", sa.String(), nullable=False),
        sa.Column("package_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["shipments.dispatch_id"], name=op.f("fk_departures_dispatch_id_shipments")
        ),
        sa.PrimaryKeyConstraint("dispatch_id", "package_id", name=op.f("pk_departures")),
    )
    op.create_table(
        "packages",
        sa.Column("dispatch_id", sa.String(), nullable=False),
        sa.Column("package_id", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["shipments.dispatch_id"], name=op.f("fk_packages_dispatch_id_shipments")
        ),
        sa.PrimaryKeyConstraint("dispatch_id", "package_id", name=op.f("pk_packages")),
        sa.UniqueConstraint("order_key", "number", name=op.f("uq_packages_order_key_number")),
    )


def downgrade() -> None:
    op.drop_table("packages")
    op.drop_table("departures")

    op.drop_table("allocations")
    op.drop_table("shipments")

    op.drop_table("reservations")
    op.drop_table("node_stock")
    op.drop_table("listing_components")
    op.drop_table("watermarks")
    op.drop_table("wakeups")

    op.drop_table("waiting_listings")

    op.drop_table("timeline")
    op.drop_table("skus")

    op.drop_table("raw_events")
    op.drop_table("pool_stock")

    op.drop_table("orders")

    op.drop_table("nodes")

    op.drop_table("movements")
    op.drop_table("listings")
    op.drop_table("ledger_orders")
    op.drop_table("decisions")

    op.drop_table("data_keys")
    op.drop_table("accounts")
