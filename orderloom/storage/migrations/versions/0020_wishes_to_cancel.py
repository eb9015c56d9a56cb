"""Who wants an order cancelled, stored before nodes are asked to stop.

Open orders that were being cancelled already, as something that a node stopped shows, get theirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STOPPED = """
    INSERT INTO cancel_wishes (order_key, why, reason, asked_at)
    SELECT orders.order_key, 'it was being cancelled before', told.reason, orders.updated_at
    FROM orders LEFT JOIN channel_cancellations AS told ON told.order_key = orders.order_key
    WHERE orders.status NOT IN ('completed', 'cancelled', 'observed', 'skipped')
      AND EXISTS (
        SELECT 1 FROM shipments WHERE shipments.order_key = orders.order_key AND shipments.state = 'cancelled'
      )
"""


def upgrade() -> None:
    op.create_table(
        "cancel_wishes",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_cancel_wishes")),
    )
    op.execute(_STOPPED)


def downgrade() -> None:
    op.drop_table("cancel_wishes")
