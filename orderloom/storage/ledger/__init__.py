"""The stock ledger: append-only movements, and counters that only conditional updates change.

Lock order, the same in every transaction: the order's row in ledger_orders, then pool_stock rows by pool and SKU.
Whoever changes a reservation, a node's stock or an allocation of a SKU holds its pool_stock row. SQLite needs none of
this, since its writers take turns.
"""

from orderloom.storage.ledger.book import SqlLedger

__all__ = ["SqlLedger"]
