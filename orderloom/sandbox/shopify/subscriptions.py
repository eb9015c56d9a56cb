"""A shop's webhook subscriptions: which topics go where, and how Shopify drops one that nobody answers.

A shop starts with one subscription for each topic, to the starter, as `orderloom connect shopify` would have left it;
one that is configured with `subscribed: false` starts with none. Only those made through the API are ever dropped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

PRIVACY_TOPICS = ("customers/data_request", "customers/redact", "shop/redact")
"""The app's own configuration file alone subscribes to them; they are no topics of the API."""
TOPICS = (
    "APP_UNINSTALLED",
    "FULFILLMENT_ORDERS_CANCELLATION_REQUEST_ACCEPTED",
    "FULFILLMENT_ORDERS_CANCELLATION_REQUEST_REJECTED",
    "FULFILLMENT_ORDERS_CANCELLATION_REQUEST_SUBMITTED",
    "FULFILLMENT_ORDERS_CANCELLED",
    "FULFILLMENT_ORDERS_HOLD_RELEASED",
    "FULFILLMENT_ORDERS_MOVED",
    "FULFILLMENT_ORDERS_PLACED_ON_HOLD",
    "INVENTORY_LEVELS_UPDATE",
    "ORDERS_CANCELLED",
    "ORDERS_CREATE",
    "ORDERS_EDITED",
    "ORDERS_PAID",
    "ORDERS_UPDATED",
    "REFUNDS_CREATE",
    "RETURNS_APPROVE",
    "RETURNS_CANCEL",
    "RETURNS_CLOSE",
    "RETURNS_PROCESS",
    "RETURNS_REOPEN",
)


def topic_header(topic: str) -> str:
    """`FULFILLMENT_ORDERS_PLACED_ON_HOLD` as X-Shopify-Topic: `fulfillment_orders/placed_on_hold`."""
    resources = ("FULFILLMENT_ORDERS", "INVENTORY_LEVELS", "REFUNDS", "RETURNS", "ORDERS", "APP")
    resource = next(name for name in resources if topic.startswith(f"{name}_"))
    return f"{resource}/{topic.removeprefix(f'{resource}_')}".lower()


@dataclass
class Subscription:
    id: int
    topic: str
    """GraphQL's word."""
    uri: str | None
    """None is the starter, wherever it listens."""
    format: str
    created: datetime
    updated: datetime


class Refused(Exception):
    """What Shopify puts into userErrors."""

    def __init__(self, field: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Subscriptions:
    """One shop's."""

    def __init__(self, path: str, next_id: Callable[[], int], now: Callable[[], datetime]) -> None:
        self.path = path
        self._next_id = next_id
        self._now = now
        self.all: list[Subscription] = []

    def fill(self) -> None:
        """Subscribe the starter to every topic."""
        for topic in TOPICS:
            self._add(topic, None, "JSON")

    def to(self, topic: str) -> Iterator[Subscription]:
        """By X-Shopify-Topic."""
        return (each for each in list(self.all) if topic_header(each.topic) == topic)

    def create(self, topic: str, uri: str | None, form: str | None) -> Subscription:
        checked = _checked(uri)
        if any((each.topic, each.uri) == (topic, checked) for each in self.all):
            raise Refused(("webhookSubscription", "callbackUrl"), "Address for this topic has already been taken")
        return self._add(topic, checked, form or "JSON")

    def update(self, number: int | None, uri: str | None, form: str | None) -> Subscription:
        found = self._find(number)
        if uri is not None:
            found.uri = _checked(uri)
        found.format = form or found.format
        found.updated = self._now()
        return found

    def delete(self, number: int | None) -> int:
        found = self._find(number)
        self.all.remove(found)
        return found.id

    def dropped(self, lost: Subscription) -> None:
        """Eight sendings in a row failed: Shopify deletes what was made through the API."""
        if lost.uri is not None and lost in self.all:
            self.all.remove(lost)

    def _find(self, number: int | None) -> Subscription:
        found = next((each for each in self.all if each.id == number), None)
        if found is None:
            raise Refused(("id",), "Webhook subscription does not exist")
        return found

    def _add(self, topic: str, uri: str | None, form: str) -> Subscription:
        now = self._now()
        fresh = Subscription(self._next_id(), topic, uri, form, now, now)
        self.all.append(fresh)
        return fresh


def _checked(uri: str | None) -> str:
    """Shopify wants https; this sandbox also sends to loopback, where there is no certificate."""
    split = urlsplit(uri or "")
    is_loopback = split.scheme == "http" and split.hostname in ("127.0.0.1", "localhost")
    if uri is None or not (split.scheme == "https" or is_loopback) or not split.hostname:
        raise Refused(("webhookSubscription", "callbackUrl"), "Address is invalid")
    return uri
