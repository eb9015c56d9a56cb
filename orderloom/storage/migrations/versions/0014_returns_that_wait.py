"""What came back of a line that nobody has mapped waits for its mapping."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_returns",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_key", "change_id", name=op.f("pk_waiting_returns")),
    )
    op.create_index(
        op.f("ix_waiting_returns_listing_channel_account"), "waiting_returns", ["listing", "channel", "account"]
    )


def downgrade() -> None:
    op.drop_table("waiting_returns")
