"""The GraphQL documents that read what of an order has left, fulfil it, and name its tracking numbers."""

from orderloom.channels.shopify.document import Document

READ_FULFILLMENT = Document(
    "ReadFulfillment",
    """
    query ReadFulfillment($id: ID!, $after: String) {
      order(id: $id) {
        createdAt
        fulfillments(first: 100) { id status trackingInfo(first: 10) { number } }
        fulfillmentOrders(first: 3, after: $after) {
          nodes {
            id
            status
            assignedLocation { location { id } }
            lineItems(first: 15) {
              nodes { id remainingQuantity lineItem { id } }
              pageInfo { hasNextPage endCursor }
            }
          }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """,
)

MORE_FULFILLMENT_ORDER_LINES = Document(
    "MoreFulfillmentOrderLines",
    """
    query MoreFulfillmentOrderLines($id: ID!, $after: String) {
      fulfillmentOrder(id: $id) {
        lineItems(first: 50, after: $after) {
          nodes { id remainingQuantity lineItem { id } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """,
)

FULFILLED_LINES = Document(
    "FulfilledLines",
    """
    query FulfilledLines($id: ID!, $after: String) {
      fulfillment(id: $id) {
        fulfillmentLineItems(first: 50, after: $after) {
          nodes { quantity lineItem { id } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """,
)

CREATE_FULFILLMENT = Document(
    "CreateFulfillment",
    """
    mutation CreateFulfillment($fulfillment: FulfillmentInput!) {
      fulfillmentCreate(fulfillment: $fulfillment) {
        fulfillment { id }
        userErrors { field message }
      }
    }
    """,
    changes=True,
)

READ_TRACKING = Document(
    "ReadTracking",
    """
    query ReadTracking($id: ID!) {
      fulfillment(id: $id) { id status trackingInfo(first: 10) { number } }
    }
    """,
)

UPDATE_TRACKING = Document(
    "UpdateTracking",
    """
    mutation UpdateTracking($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean!) {
      fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
        fulfillment { id }
        userErrors { field message }
      }
    }
    """,
    changes=True,
)
