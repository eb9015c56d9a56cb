"""The seller SKU of a listing beside its name: several variants of a Shopify shop may have one SKU.

Known listings are named by their SKU until their next reading says otherwise.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("listing_offers", sa.Column("sku", sa.String(), nullable=True))
    op.add_column("listing_offers", sa.Column("own_name", sa.String(), nullable=True))
    op.execute("UPDATE listing_offers SET sku = listing, own_name = ''")
    with op.batch_alter_table("listing_offers") as table:
        table.alter_column("sku", existing_type=sa.String(), nullable=False)
        table.alter_column("own_name", existing_type=sa.String(), nullable=False)
        table.create_index("ix_listing_offers_channel_account_sku", ["channel", "account", "sku"])


def downgrade() -> None:
    with op.batch_alter_table("listing_offers") as table:
        table.drop_index("ix_listing_offers_channel_account_sku")
        table.drop_column("own_name")
        table.drop_column("sku")
