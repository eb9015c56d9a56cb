"""Packages take another label, of which their channel is told, and may be lost."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("packages", sa.Column("label", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("packages", sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("packages", sa.Column("told_label", sa.Integer(), nullable=True))
    op.add_column("packages", sa.Column("told_lines", sa.Text(), nullable=True))
    op.add_column("packages", sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("lost_at", "told_lines", "told_label", "labelled_at", "label"):
        op.drop_column("packages", column)
