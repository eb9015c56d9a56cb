"""Any warehouse or 3PL that speaks the node protocol over HTTP (docs/node-protocol.md)."""

from orderloom.fulfillment.callbacks import NodeCallbackReader
from orderloom.fulfillment.client import HttpNode

__all__ = ["HttpNode", "NodeCallbackReader"]
