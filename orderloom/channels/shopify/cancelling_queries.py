"""The GraphQL documents that cancel an order, and look whether it is."""

from orderloom.channels.shopify.document import Document

CANCEL_ORDER = Document(
    "CancelOrder",
    """
    mutation CancelOrder(
      $id: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $refund: OrderCancelRefundMethodInput, $note: String
    ) {
      orderCancel(
        orderId: $id, reason: $reason, restock: $restock, refundMethod: $refund, staffNote: $note, notifyCustomer: false
      ) {
        job { id done }
        jobResult { id done status errors { code message } }
        orderCancelUserErrors { code field message }
      }
    }
    """,
    changes=True,
)

READ_CANCELLED = Document(
    "ReadCancelled",
    """
    query ReadCancelled($id: ID!) {
      order(id: $id) { id cancelledAt }
    }
    """,
)

READ_JOB = Document(
    "ReadJob",
    """
    query ReadJob($id: ID!) {
      job(id: $id) { id done }
    }
    """,
)
