"""The listing book: what the channels show, what each listing may sell, and the outbox of pushes (docs/decisions/0008).

The ledger's transactions leave facts here (`facts`), `planning` folds them into the pools' states and writes pushes,
`pushes` hands them out and takes the answers, `offers` keeps what the channels show.

Lock order: whatever the ledger locks, then `listing_pools` by pool and SKU, then `listing_offers` by name. Only a
planner or a ledger's transaction changes a row of `listing_pools`, and holds the `pool_stock` row of that SKU.
"""
