"""The schema's history. `orderloom.storage.migrating` runs it; a test holds its result to the tables."""
