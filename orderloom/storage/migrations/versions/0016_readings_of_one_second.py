"""A reading that cannot be told apart from the one before by its time: its channel has to be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("unordered_event", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "unordered_event")
