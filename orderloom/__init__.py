"""What the business knows and whom it talks to. Nothing in here knows Temporal."""
