"""Which address a node was asked to ship to: orders count how often theirs has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("orders", "shipments"):
        op.add_column(table, sa.Column("address_version", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for table in ("shipments", "orders"):
        op.drop_column(table, "address_version")
