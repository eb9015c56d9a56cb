"""Every GraphQL document that we send, checked in tests against Shopify's Admin schema 2026-10.

Page sizes keep each document's requested cost (page size times what a node costs) far under Shopify's 1,000 points a
query, and low enough that a worker's threads do not empty the shop's bucket of 2,000 together.
"""

from orderloom.channels.shopify.aftermath_queries import READ_REFUND, READ_REFUND_ALONE, READ_RETURN, READ_RETURNS
from orderloom.channels.shopify.cancelling_queries import CANCEL_ORDER, READ_CANCELLED, READ_JOB
from orderloom.channels.shopify.document import Document
from orderloom.channels.shopify.shipping_queries import (
    CREATE_FULFILLMENT,
    FULFILLED_LINES,
    MORE_FULFILLMENT_ORDER_LINES,
    READ_FULFILLMENT,
    READ_TRACKING,
    UPDATE_TRACKING,
)

_FULFILLMENT_ORDERS = """
          nodes {
            id
            status
            fulfillmentHolds { reason }
            assignedLocation { location { id } }
            lineItems(first: 15) {
              nodes { id remainingQuantity lineItem { id } }
              pageInfo { hasNextPage endCursor }
            }
          }
          pageInfo { hasNextPage endCursor }
"""
MOST_IN_A_LIST = 100
"""An order's fulfillments and refunds are lists without pages."""

READ_ORDER = Document(
    "ReadOrder",
    """
    query ReadOrder($id: ID!, $after: String) {
      order(id: $id) {
        id
        name
        createdAt
        updatedAt
        cancelledAt
        test
        confirmed
        displayFinancialStatus
        currencyCode
        totalPriceSet { shopMoney { amount } }
        tags
        note
        customAttributes { key value }
        email
        phone
        app { id }
        sourceName
        sourceIdentifier
        shippingAddress {
          firstName
          lastName
          name
          company
          address1
          address2
          city
          province
          provinceCode
          zip
          country
          countryCodeV2
          phone
        }
        shippingLines(first: 1) { nodes { title code } }
        lineItems(first: 20, after: $after) {
          nodes {
            id
            sku
            title
            variantTitle
            quantity
            currentQuantity
            unfulfilledQuantity
            requiresShipping
            isGiftCard
            weight { unit value }
            originalUnitPriceSet { shopMoney { amount } }
            variant { id }
          }
          pageInfo { hasNextPage endCursor }
        }
        fulfillments(first: 100) { id status }
        refunds(first: 100) { id }
        fulfillmentOrders(first: 3) { PAGE }
      }
    }
    """.replace("PAGE", _FULFILLMENT_ORDERS),
)

READ_FULFILLMENT_ORDERS = Document(
    "ReadFulfillmentOrders",
    """
    query ReadFulfillmentOrders($id: ID!, $after: String) {
      order(id: $id) {
        fulfillmentOrders(first: 3, after: $after) { PAGE }
      }
    }
    """.replace("PAGE", _FULFILLMENT_ORDERS),
)

ORDER_OF_FULFILLMENT_ORDER = Document(
    "OrderOfFulfillmentOrder",
    """
    query OrderOfFulfillmentOrder($id: ID!) {
      fulfillmentOrder(id: $id) { id orderId }
    }
    """,
)

RECENT_ORDERS = Document(
    "RecentOrders",
    """
    query RecentOrders($search: String!, $after: String) {
      orders(first: 100, query: $search, sortKey: CREATED_AT, after: $after) {
        nodes { id }
        pageInfo { hasNextPage endCursor }
      }
    }
    """,
)

DOCUMENTS = (
    READ_ORDER,
    READ_FULFILLMENT_ORDERS,
    RECENT_ORDERS,
    READ_FULFILLMENT,
    MORE_FULFILLMENT_ORDER_LINES,
    FULFILLED_LINES,
    CREATE_FULFILLMENT,
    READ_RETURNS,
    READ_REFUND,
    READ_REFUND_ALONE,
    READ_RETURN,
    CANCEL_ORDER,
    READ_CANCELLED,
    READ_JOB,
    READ_TRACKING,
    UPDATE_TRACKING,
    ORDER_OF_FULFILLMENT_ORDER,
)
