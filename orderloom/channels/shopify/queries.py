"""Every GraphQL document that we send, checked in tests against Shopify's Admin schema 2026-10.

Page sizes keep each document's requested cost (page size times what a node costs) far under Shopify's 1,000 points a
query, and low enough that a worker's threads do not empty the shop's bucket of 2,000 together.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """One operation. `changes` tells that a lost answer leaves open whether it was carried out."""

    name: str
    text: str
    changes: bool = False


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
      }
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

DOCUMENTS = (
    READ_ORDER,
    RECENT_ORDERS,
    READ_FULFILLMENT,
    MORE_FULFILLMENT_ORDER_LINES,
    FULFILLED_LINES,
    CREATE_FULFILLMENT,
)
