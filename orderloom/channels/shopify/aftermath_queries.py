"""The GraphQL documents that read what came back of an order, and its money."""

from orderloom.channels.shopify.document import Document

READ_RETURNS = Document(
    "ReadReturns",
    """
    query ReadReturns($id: ID!, $after: String) {
      order(id: $id) {
        returns(first: 50, after: $after) {
          nodes { id }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """,
)

_READ_REFUND = """
    query ReadRefund($id: ID!, $after: String) {
      refund(id: $id) {
        id
        createdAt
        return { id }
        refundLineItems(first: 50, after: $after) {
          nodes { id quantity restockType restocked lineItem { id } location { id } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """
READ_REFUND = Document("ReadRefund", _READ_REFUND)
READ_REFUND_ALONE = Document(
    "ReadRefundAlone",
    _READ_REFUND.replace("return { id }", "").replace("ReadRefund", "ReadRefundAlone"),
)
"""Without its return, which needs the scope read_returns."""

READ_RETURN = Document(
    "ReadReturn",
    """
    query ReadReturn($id: ID!, $after: String) {
      return(id: $id) {
        id
        status
        returnLineItems(first: 50) {
          nodes { ... on ReturnLineItem { id returnReason fulfillmentLineItem { id } } }
        }
        reverseFulfillmentOrders(first: 3) {
          nodes {
            lineItems(first: 30, after: $after) {
              nodes {
                id
                fulfillmentLineItem { id lineItem { id } }
                dispositions { id createdAt quantity type location { id } }
              }
              pageInfo { hasNextPage endCursor }
            }
          }
        }
      }
    }
    """,
)
