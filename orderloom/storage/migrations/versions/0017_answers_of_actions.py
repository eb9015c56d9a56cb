"""What an action's service answered before an order was decided: the declared fields of its answer, as JSON."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("action_runs", sa.Column("answer", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("action_runs", "answer")
