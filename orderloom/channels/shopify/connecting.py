"""What a shop must have granted and subscribed for us to follow its orders: looked at, and repaired.

A topic is right where it is sent as JSON to our address. Shopify deletes a subscription after eight failed deliveries
in a row, so this is to be asked again. Subscriptions to other addresses are somebody else's and stay untouched.
"""

from collections.abc import Sequence
from enum import StrEnum

from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.connecting_answers import (
    CreateSubscription,
    Installation,
    Subscription,
    Subscriptions,
    UpdateSubscription,
)
from orderloom.channels.shopify.connecting_queries import (
    CREATE_SUBSCRIPTION,
    READ_INSTALLATION,
    READ_SUBSCRIPTIONS,
    UPDATE_SUBSCRIPTION,
)
from orderloom.domain.model import Frozen

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
SCOPES = {
    "read_orders": "reading orders, and their webhooks",
    "write_orders": "cancelling orders",
    "read_returns": "reading what buyers send back",
    "read_products": "finding listings by their SKU",
    "read_inventory": "reading stock, and its webhook",
    "write_inventory": "keeping listings in step with the stock",
    "read_locations": "knowing which location stands for which node",
    "read_merchant_managed_fulfillment_orders": "reading what is open and what is held",
    "write_merchant_managed_fulfillment_orders": "confirming packages",
}
"""What each is needed for. A scope to write includes the one to read."""
BY_APP_FILE = ("customers/data_request", "customers/redact", "shop/redact")
"""Only the app's own shopify.app.toml can subscribe to these; the API neither lists nor makes them."""


class Change(StrEnum):
    RIGHT = "right"
    MISSING = "missing"
    OTHER_FORMAT = "other_format"


class Topic(Frozen):
    topic: str
    state: Change
    repaired: bool = False
    refused: str = ""
    """Why Shopify did not let us repair it, in its words."""


class ShopConnection(Frozen):
    """How a shop is connected. `missing_scopes` says what each is needed for."""

    topics: tuple[Topic, ...]
    missing_scopes: dict[str, str]
    api_version: str
    is_supported: bool
    """Shopify still answers our version of the API; else it falls forward to another one."""
    elsewhere: int
    """Subscriptions of our app to other addresses."""

    @property
    def is_good(self) -> bool:
        return (
            self.is_supported
            and not self.missing_scopes
            and all(one.repaired or one.state is Change.RIGHT for one in self.topics)
        )


def look(api: AdminApi, uri: str | None, api_version: str) -> ShopConnection:
    """Two calls; changes nothing. Without `uri` any address is taken for ours."""
    installed = api.run(READ_INSTALLATION, {}, Installation)
    found = _subscriptions(api)
    ours = [each for each in found if uri is None or each.uri == uri]
    return ShopConnection(
        topics=tuple(Topic(topic=topic, state=_state(topic, ours)) for topic in TOPICS),
        missing_scopes=_missing([scope.handle for scope in installed.current_app_installation.access_scopes]),
        api_version=api_version,
        is_supported=any(one.handle == api_version and one.supported for one in installed.public_api_versions),
        elsewhere=len(found) - len(ours),
    )


def repair(api: AdminApi, uri: str, api_version: str) -> ShopConnection:
    """Register what is missing and set right what is not. Safe to repeat.

    A topic that Shopify refuses, for want of a scope say, keeps no other from being registered.
    """
    seen = look(api, uri, api_version)
    ours = {each.topic: each for each in _subscriptions(api) if each.uri == uri}
    return seen.model_copy(update={"topics": tuple(_repaired(api, one, ours, uri) for one in seen.topics)})


def _repaired(api: AdminApi, one: Topic, ours: dict[str, Subscription], uri: str) -> Topic:
    if one.state is Change.RIGHT:
        return one
    wanted = {"uri": uri, "format": "JSON"}
    if one.state is Change.OTHER_FORMAT:
        given = {"id": ours[one.topic].id, "subscription": wanted}
        errors = api.run(UPDATE_SUBSCRIPTION, given, UpdateSubscription).webhook_subscription_update.user_errors
    else:
        given = {"topic": one.topic, "subscription": wanted}
        errors = api.run(CREATE_SUBSCRIPTION, given, CreateSubscription).webhook_subscription_create.user_errors
    # Somebody else registering at the same time is as good as we.
    if errors and "already been taken" not in errors[0].message:
        return one.model_copy(update={"refused": errors[0].message[:200]})
    return one.model_copy(update={"repaired": True})


def _subscriptions(api: AdminApi) -> list[Subscription]:
    found: list[Subscription] = []
    after: str | None = None
    while True:
        page = api.run(READ_SUBSCRIPTIONS, {"after": after}, Subscriptions).webhook_subscriptions
        found += page.nodes
        after = page.next_cursor
        if after is None:
            return found


def _state(topic: str, ours: Sequence[Subscription]) -> Change:
    formats = {each.format for each in ours if each.topic == topic}
    return Change.MISSING if not formats else Change.RIGHT if "JSON" in formats else Change.OTHER_FORMAT


def _missing(granted: Sequence[str]) -> dict[str, str]:
    has = {*granted, *(scope.replace("write_", "read_", 1) for scope in granted if scope.startswith("write_"))}
    return {scope: why for scope, why in SCOPES.items() if scope not in has}
