"""Amazon Selling Partner API: Orders 2026-01-01 for reading, Orders v0 for confirming shipments."""

from orderloom.channels.amazon.channel import AmazonChannel
from orderloom.channels.amazon.sweep import OrderPage
from orderloom.channels.amazon.tokens import AmazonCredentials

__all__ = ["AmazonChannel", "AmazonCredentials", "OrderPage"]
