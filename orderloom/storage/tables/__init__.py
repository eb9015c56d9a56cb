"""Every table, by area. The migrations make the same schema; a test compares the two."""

from orderloom.storage.tables.actions import action_runs
from orderloom.storage.tables.base import metadata
from orderloom.storage.tables.catalog import listing_components, listings, skus
from orderloom.storage.tables.changes import cancel_wishes, channel_cancellations, goods_back, waiting_returns
from orderloom.storage.tables.fulfillment import allocations, decisions, departures, packages, shipments
from orderloom.storage.tables.intake import (
    accounts,
    data_keys,
    erasures,
    privacy_requests,
    raw_events,
    wakeups,
    watermarks,
)
from orderloom.storage.tables.orders import orders, timeline, waiting_listings
from orderloom.storage.tables.publishing import (
    listing_alerts,
    listing_facts,
    listing_offers,
    listing_parts,
    listing_pauses,
    listing_pools,
    listing_pushes,
    listing_sales,
)
from orderloom.storage.tables.readings import count_proposals, stock_readings
from orderloom.storage.tables.routing import configurations, rule_books, rule_versions
from orderloom.storage.tables.stock import (
    backorders,
    ledger_orders,
    movements,
    node_stock,
    nodes,
    pool_stock,
    reservations,
)

__all__ = [
    "accounts",
    "action_runs",
    "allocations",
    "backorders",
    "cancel_wishes",
    "channel_cancellations",
    "configurations",
    "count_proposals",
    "data_keys",
    "decisions",
    "departures",
    "erasures",
    "goods_back",
    "ledger_orders",
    "listing_alerts",
    "listing_components",
    "listing_facts",
    "listing_offers",
    "listing_parts",
    "listing_pauses",
    "listing_pools",
    "listing_pushes",
    "listing_sales",
    "listings",
    "metadata",
    "movements",
    "node_stock",
    "nodes",
    "orders",
    "packages",
    "pool_stock",
    "privacy_requests",
    "raw_events",
    "reservations",
    "rule_books",
    "rule_versions",
    "shipments",
    "skus",
    "stock_readings",
    "timeline",
    "waiting_listings",
    "waiting_returns",
    "wakeups",
    "watermarks",
]
