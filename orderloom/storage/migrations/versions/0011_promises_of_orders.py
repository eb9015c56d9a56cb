"""When orders were placed and had to ship, as columns: late orders and rates are counted by them."""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PAGE = 1000


def upgrade() -> None:
    for name in ("placed_at", "ship_by"):
        op.add_column("orders", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    _fill()
    for name in ("placed_at", "ship_by"):
        op.create_index(op.f(f"ix_orders_{name}"), "orders", [name])
    op.create_index(op.f("ix_packages_recorded_at"), "packages", ["recorded_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_packages_recorded_at"), "packages")
    for name in ("placed_at", "ship_by"):
        op.drop_index(op.f(f"ix_orders_{name}"), "orders")
        op.drop_column("orders", name)


def _fill() -> None:
    """From the documents of the orders that are there."""
    connection = op.get_bind()
    orders = sa.table(
        "orders",
        sa.column("order_key", sa.String),
        sa.column("document", sa.Text),
        sa.column("placed_at", sa.DateTime(timezone=True)),
        sa.column("ship_by", sa.DateTime(timezone=True)),
    )
    after = ""
    page = sa.select(orders.c.order_key, orders.c.document).order_by(orders.c.order_key).limit(PAGE)
    while rows := connection.execute(page.where(orders.c.order_key > after)).all():
        for row in rows:
            document = json.loads(row.document)
            found = {
                "placed_at": _moment(document.get("placed_at")),
                "ship_by": _moment((document.get("ship_by") or {}).get("latest")),
            }
            connection.execute(sa.update(orders).where(orders.c.order_key == row.order_key).values(found))
        after = rows[-1].order_key


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
