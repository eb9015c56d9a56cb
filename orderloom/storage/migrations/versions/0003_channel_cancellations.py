"""Cancellations that a channel is told of in batches."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_cancellations",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_channel_cancellations")),
    )
    op.create_index(
        op.f("ix_channel_cancellations_channel_account_state_asked_at"),
        "channel_cancellations",
        ["channel", "account", "state", "asked_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("channel_cancellations")
