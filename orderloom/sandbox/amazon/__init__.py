"""Amazon's side: LWA tokens, Orders 2026-01-01 and v0 shipmentConfirmation, with orders that live here."""
