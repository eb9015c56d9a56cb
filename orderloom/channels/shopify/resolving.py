"""Asks Shopify which order a fulfillment order belongs to."""

from orderloom.channels.shopify.aftermath_answers import OrderOfFulfillmentOrder
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.queries import ORDER_OF_FULFILLMENT_ORDER
from orderloom.channels.shopify.subjects import fulfillment_order_gid
from orderloom.domain.errors import Rejected


def order_of(api: AdminApi, body: bytes) -> str:
    """The order's number as text, by one call."""
    gid = fulfillment_order_gid(body)
    found = api.run(ORDER_OF_FULFILLMENT_ORDER, {"id": gid}, OrderOfFulfillmentOrder).fulfillment_order
    if found is None:
        raise Rejected(api.system, "FULFILLMENT_ORDER_UNKNOWN", f"shows no {gid} to our scopes")
    return found.order_id.rpartition("/")[2]
