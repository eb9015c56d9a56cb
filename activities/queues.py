"""Task queues: one per rate limit, because Temporal limits a whole queue."""

from orderloom.domain.keys import Channel, OrderKey

ORDERS = "orders"
"""Workflows and the steps that touch only the database."""


def amazon_orders(account: str) -> str:
    """Reads of Amazon's Orders API."""
    return f"amazon-orders:{account}"


def amazon_shipping(account: str) -> str:
    """Confirmations to Amazon."""
    return f"amazon-shipping:{account}"


def shopify(account: str) -> str:
    return f"shopify:{account}"


def amazon_listings(account: str) -> str:
    """Amazon's Listings and FBA Inventory APIs."""
    return f"amazon-listings:{account}"


def shopify_listings(account: str) -> str:
    return f"shopify-listings:{account}"


def node(name: str) -> str:
    return f"node:{name}"


def action(name: str) -> str:
    return f"action:{name}"


def readings(key: OrderKey) -> str:
    """Where one order is read again from the channel that sold it."""
    return recent_orders(key.channel, key.account)


def recent_orders(channel: Channel, account: str) -> str:
    """Where an account's orders are listed."""
    return amazon_orders(account) if channel is Channel.AMAZON else shopify(account)


def confirmations(key: OrderKey) -> str:
    """Where the channel that sold this order is told of its packages."""
    return amazon_shipping(key.account) if key.channel is Channel.AMAZON else shopify(key.account)


def listings(channel: Channel, account: str) -> str:
    """Where an account's listings are read and written."""
    return amazon_listings(account) if channel is Channel.AMAZON else shopify_listings(account)
