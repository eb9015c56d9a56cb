"""What nodes say they have, and the counts that differences propose."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_readings",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("skus", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("troubled_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["node"], ["nodes.node"], name=op.f("fk_stock_readings_node_nodes")),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_stock_readings")),
    )
    op.create_table(
        "count_proposals",
        sa.Column("proposal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("difference", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("difference <> 0", name=op.f("ck_count_proposals_differs")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_count_proposals")),
    )
    op.create_index(op.f("ix_count_proposals_node_sku"), "count_proposals", ["node", "sku"], unique=False)
    op.create_index(
        "ix_count_proposals_open",
        "count_proposals",
        ["node", "sku"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("count_proposals")
    op.drop_table("stock_readings")
