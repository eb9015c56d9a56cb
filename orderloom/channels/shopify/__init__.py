"""Shopify: Admin GraphQL for reading and fulfilling, webhooks for what happens by itself."""

from orderloom.channels.shopify.channel import ShopifyChannel
from orderloom.channels.shopify.tokens import ClientCredentials, FixedToken, GuardedToken, TokenProvider
from orderloom.channels.shopify.webhooks import InventoryLevel, ShopifyWebhooks, read_inventory_level

__all__ = [
    "ClientCredentials",
    "FixedToken",
    "GuardedToken",
    "InventoryLevel",
    "ShopifyChannel",
    "ShopifyWebhooks",
    "TokenProvider",
    "read_inventory_level",
]
