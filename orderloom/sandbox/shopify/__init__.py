"""Shopify's side: Admin GraphQL on a subset of the 2026-10 schema, its throttle, and signed webhooks."""
