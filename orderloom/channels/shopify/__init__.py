"""Shopify: Admin GraphQL for reading and fulfilling, webhooks for what happens by itself."""

from orderloom.channels.shopify.channel import ShopifyChannel
from orderloom.channels.shopify.tokens import ClientCredentials, FixedToken, TokenProvider
from orderloom.channels.shopify.webhooks import ShopifyWebhooks

__all__ = ["ClientCredentials", "FixedToken", "ShopifyChannel", "ShopifyWebhooks", "TokenProvider"]
