"""By when each reservation was promised, and which orders wait for stock until when."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (("ix_reservations_short", "short > 0"), ("ix_reservations_live", "reserved > 0"))


def upgrade() -> None:
    op.add_column("reservations", sa.Column("ship_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reservations", sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE reservations SET placed_at = arrived_at")
    _index_by("ship_by", "placed_at")

    op.create_table(
        "backorders",
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_key"], ["ledger_orders.order_key"], name=op.f("fk_backorders_order_key_ledger_orders")
        ),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_backorders")),
    )


def downgrade() -> None:
    op.drop_table("backorders")
    _index_by("arrived_at")
    op.drop_column("reservations", "placed_at")
    op.drop_column("reservations", "ship_by")


def _index_by(*columns: str) -> None:
    for name, where in INDEXES:
        op.drop_index(name, table_name="reservations")
        op.create_index(
            name,
            "reservations",
            ["pool", "sku", *columns],
            unique=False,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
