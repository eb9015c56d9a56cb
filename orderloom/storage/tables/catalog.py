"""The SKU master and the map from listings to components."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
)

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

skus = Table(
    "skus",
    metadata,
    Column("sku", String, primary_key=True),
    required("title", Text),
    Column("weight_grams", Integer),
    Column("cost_minor_units", Serial),
    Column("cost_currency", String),
    required("categories", Text),
    Column("barcode", String),
    Column("hazmat", Boolean),
    required("changed_at", UtcTime),
    required("changed_by", String),
)

listings = Table(
    "listings",
    metadata,
    Column("channel", String, primary_key=True),
    Column("account", String, primary_key=True),
    Column("listing", String, primary_key=True),
)

listing_components = Table(
    "listing_components",
    metadata,
    Column("channel", String, primary_key=True),
    Column("account", String, primary_key=True),
    Column("listing", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    required("sku", String, ForeignKey("skus.sku")),
    required("units", Integer),
    ForeignKeyConstraint(
        ["channel", "account", "listing"], ["listings.channel", "listings.account", "listings.listing"]
    ),
    CheckConstraint("units > 0", name="units"),
)
