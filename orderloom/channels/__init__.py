"""The marketplaces: one folder each, the only code that knows their wire formats."""
