"""The starter's HTTP side: webhooks and callbacks in, the operator's API and page, health and metrics."""

from starter.http.app import create_app

__all__ = ["create_app"]
