"""Any warehouse or 3PL over HTTP: by the node protocol (docs/node-protocol.md), or by an API that is described."""

from orderloom.fulfillment.actions import HttpAction
from orderloom.fulfillment.callbacks import NodeCallbackReader
from orderloom.fulfillment.client import HttpNode
from orderloom.fulfillment.described import DescribedApi, DescribedNode
from orderloom.fulfillment.reports import DescribedCallbacks

__all__ = ["DescribedApi", "DescribedCallbacks", "DescribedNode", "HttpAction", "HttpNode", "NodeCallbackReader"]
