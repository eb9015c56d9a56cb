"""The root fields about the app itself: what it may do, which webhooks it asked for, which API versions there are."""

from collections.abc import Callable
from typing import Any

from orderloom.sandbox.clock import iso_seconds
from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.identifiers import gid, number_in
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.subscriptions import Refused, Subscription
from orderloom.sandbox.shopify.webhooks import API_VERSION, LEVEL_TOPIC

API_VERSIONS = ("2026-01", "2026-04", "2026-07", API_VERSION)
"""Those that are stable and supported when this was written; 2027-01 is a release candidate."""

_NOT_ALLOWED = "You do not have permission to create or update webhooks with"
"""Said of a topic whose scope was not granted; of the returns' topics here."""


def connecting_queries(shop: Shop, starter_url: str | None) -> View:
    def subscriptions(_info: Any, **arguments: Any) -> View:
        found = [each for each in _served(shop, starter_url) if _is_wanted(each, arguments)]
        return connection(found, lambda s: _subscription_view(shop, s, starter_url), lambda s: (s.id,), arguments)

    return {
        "webhookSubscriptions": subscriptions,
        "currentAppInstallation": lambda _info: _installation(shop),
        "publicApiVersions": lambda _info: [_version(handle) for handle in API_VERSIONS],
    }


def connecting_mutations(shop: Shop, starter_url: str | None) -> View:
    subscriptions = shop.webhooks.subscriptions

    def answered(act: Callable[[], Subscription]) -> View:
        try:
            done = _subscription_view(shop, act(), starter_url)
        except Refused as refused:
            return {"webhookSubscription": None, "userErrors": [_error(refused)]}
        return {"webhookSubscription": done, "userErrors": []}

    def create(_info: Any, topic: str, webhookSubscription: View) -> View:  # noqa: N803 - Shopify's name
        given = webhookSubscription

        def made() -> Subscription:
            if topic.startswith("RETURNS_") and "read_returns" not in shop.config.scopes:
                raise Refused(("webhookSubscription", "topic"), f"{_NOT_ALLOWED} {topic} topic.")
            return subscriptions.create(topic, given.get("uri"), given.get("format"))

        return answered(made)

    def update(_info: Any, id: str, webhookSubscription: View) -> View:  # noqa: N803 - Shopify's name
        number, given = number_in(id, "WebhookSubscription"), webhookSubscription
        return answered(lambda: subscriptions.update(number, given.get("uri"), given.get("format")))

    def delete(_info: Any, id: str) -> View:
        try:
            subscriptions.delete(number_in(id, "WebhookSubscription"))
        except Refused as refused:
            return {"deletedWebhookSubscriptionId": None, "userErrors": [_error(refused)]}
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}

    return {
        "webhookSubscriptionCreate": create,
        "webhookSubscriptionUpdate": update,
        "webhookSubscriptionDelete": delete,
    }


def _served(shop: Shop, starter_url: str | None) -> list[Subscription]:
    """Those to the starter only while there is one; that of stock levels where stock is listed."""
    quiet = set() if shop.tells_levels else {LEVEL_TOPIC.replace("/", "_").upper()}
    return [
        each
        for each in sorted(shop.webhooks.subscriptions.all, key=lambda each: each.id)
        if each.uri or (starter_url and each.topic not in quiet)
    ]


def _is_wanted(each: Subscription, arguments: View) -> bool:
    topics, uri = arguments.get("topics"), arguments.get("uri")
    return (not topics or each.topic in topics) and (uri is None or each.uri == uri)


def _subscription_view(shop: Shop, each: Subscription, starter_url: str | None) -> View:
    return {
        "id": gid("WebhookSubscription", each.id),
        "topic": each.topic,
        "uri": each.uri or f"{starter_url}{shop.webhooks.subscriptions.path}",
        "format": each.format,
        "apiVersion": _version(API_VERSION),
        "createdAt": iso_seconds(each.created),
        "updatedAt": iso_seconds(each.updated),
    }


def _installation(shop: Shop) -> View:
    scopes = [{"handle": scope, "description": scope.replace("_", " ")} for scope in shop.config.scopes]
    return {"id": gid("AppInstallation", shop.location_id + 2), "accessScopes": scopes}


def _version(handle: str) -> View:
    return {"handle": handle, "displayName": handle, "supported": True}


def _error(refused: Refused) -> View:
    return {"field": list(refused.field), "message": refused.message}
