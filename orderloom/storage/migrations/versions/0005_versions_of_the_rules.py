"""Rules in force from a moment on, and the rules that an order was decided with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_books",
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("book", name=op.f("pk_rule_books")),
    )
    op.create_table(
        "rule_versions",
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("book", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["book"], ["rule_books.book"], name=op.f("fk_rule_versions_book_rule_books")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_versions")),
    )
    op.create_index(op.f("ix_rule_versions_effective_from"), "rule_versions", ["effective_from"], unique=False)
    op.add_column("decisions", sa.Column("rules_version", sa.Integer(), nullable=True))
    op.add_column("decisions", sa.Column("rules_book", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("decisions", "rules_book")
    op.drop_column("decisions", "rules_version")
    op.drop_table("rule_versions")
    op.drop_table("rule_books")
