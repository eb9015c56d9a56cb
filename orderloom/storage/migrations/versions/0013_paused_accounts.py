"""Since when an account is paused because its app was uninstalled, and when it was last connected again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("paused_at", "resumed_at"):
        op.add_column("accounts", sa.Column(column, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("resumed_at", "paused_at"):
        op.drop_column("accounts", column)
