"""Webhooks acknowledged a second. Light by itself: the bare app's process imports this package too."""
