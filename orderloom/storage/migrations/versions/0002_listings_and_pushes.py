"""What the channels show, what the listings of a pool may sell, and the pushes that say so to the channels."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listing_alerts",
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_listing_alerts")),
    )
    op.create_index(
        op.f("ix_listing_alerts_pool_listing_kind"), "listing_alerts", ["pool", "listing", "kind"], unique=False
    )

    op.create_table(
        "listing_facts",
        sa.Column("fact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("at", sa.Float(), nullable=True),
        sa.Column("recorded_at", sa.Float(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_listing_facts")),
    )
    op.create_index(
        op.f("ix_listing_facts_pool_place_fact_id"), "listing_facts", ["pool", "place", "fact_id"], unique=False
    )

    op.create_table(
        "listing_offers",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("look_at", sa.Float(), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.Float(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("zeroed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", "listing", name=op.f("pk_listing_offers")),
    )
    op.create_index(
        op.f("ix_listing_offers_channel_account_look_at"),
        "listing_offers",
        ["channel", "account", "look_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_listing_offers_channel_account_reference"),
        "listing_offers",
        ["channel", "account", "reference"],
        unique=False,
    )

    op.create_table(
        "listing_parts",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_listing_parts_units")),
        sa.PrimaryKeyConstraint("channel", "account", "listing", "sku", name=op.f("pk_listing_parts")),
    )
    op.create_index(op.f("ix_listing_parts_pool_sku"), "listing_parts", ["pool", "sku"], unique=False)

    op.create_table(
        "listing_pauses",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_listing_pauses")),
    )
    op.create_table(
        "listing_pools",
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("pool", "place", name=op.f("pk_listing_pools")),
    )
    op.create_index(op.f("ix_listing_pools_due_at"), "listing_pools", ["due_at"], unique=False)

    op.create_table(
        "listing_pushes",
        sa.Column("push_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("change_from", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_key", sa.String(), nullable=True),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_listing_pushes_quantity")),
        sa.PrimaryKeyConstraint("push_id", name=op.f("pk_listing_pushes")),
    )
    op.create_index(op.f("ix_listing_pushes_answered_at"), "listing_pushes", ["answered_at"], unique=False)
    op.create_index(
        op.f("ix_listing_pushes_channel_account_listing"),
        "listing_pushes",
        ["channel", "account", "listing"],
        unique=False,
    )
    op.create_index(
        "ix_listing_pushes_open",
        "listing_pushes",
        ["channel", "account", "state", "risk"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )

    op.create_table(
        "listing_sales",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.CheckConstraint("told >= 0", name=op.f("ck_listing_sales_told")),
        sa.PrimaryKeyConstraint("order_key", "line_id", name=op.f("pk_listing_sales")),
    )


def downgrade() -> None:
    op.drop_table("listing_sales")

    op.drop_table("listing_pushes")

    op.drop_table("listing_pools")
    op.drop_table("listing_pauses")

    op.drop_table("listing_parts")

    op.drop_table("listing_offers")

    op.drop_table("listing_facts")

    op.drop_table("listing_alerts")
