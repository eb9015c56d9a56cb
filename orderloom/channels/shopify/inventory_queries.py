"""The GraphQL documents about stock, under the same judges as those of `queries`.

A variant's stock is read at its first few locations at once; only shops with more need further calls.
"""

from orderloom.channels.shopify.document import Document

ITEMS_AT_ONCE = 25
"""Variants on a page, and inventory items in one reading: both cost some 500 of the 1,000 points a query may cost."""
ROWS_AT_ONCE = 250
"""Shopify's limit for any list that is sent to it."""

_LEVELS = """
            nodes {
              location { id isActive fulfillsOnlineOrders }
              quantities(names: ["available"]) { quantity }
            }
            pageInfo { hasNextPage endCursor }
"""

READ_OFFERS = Document(
    "ReadOffers",
    f"""
    query ReadOffers($after: String) {{
      productVariants(first: {ITEMS_AT_ONCE}, after: $after) {{
        nodes {{
          id
          sku
          displayName
          inventoryPolicy
          inventoryItem {{
            id
            tracked
            inventoryLevels(first: 5) {{{_LEVELS}}}
          }}
        }}
        pageInfo {{ hasNextPage endCursor }}
      }}
    }}
    """,
)

READ_INVENTORY_ITEMS = Document(
    "ReadInventoryItems",
    f"""
    query ReadInventoryItems($ids: [ID!]!) {{
      nodes(ids: $ids) {{
        ... on InventoryItem {{
          id
          tracked
          variant {{ id sku displayName inventoryPolicy }}
          inventoryLevels(first: 5) {{{_LEVELS}}}
        }}
      }}
    }}
    """,
)

MORE_INVENTORY_LEVELS = Document(
    "MoreInventoryLevels",
    f"""
    query MoreInventoryLevels($id: ID!, $after: String) {{
      inventoryItem(id: $id) {{
        inventoryLevels(first: 50, after: $after) {{{_LEVELS}}}
      }}
    }}
    """,
)

SET_QUANTITIES = Document(
    "SetQuantities",
    """
    mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
      inventorySetQuantities(input: $input) @idempotent(key: $key) {
        inventoryAdjustmentGroup { id }
        userErrors { code field message }
      }
    }
    """,
    changes=True,
)

INVENTORY_DOCUMENTS = (READ_OFFERS, READ_INVENTORY_ITEMS, MORE_INVENTORY_LEVELS, SET_QUANTITIES)
