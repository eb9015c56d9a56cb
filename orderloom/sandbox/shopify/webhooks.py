"""Shopify's webhooks: orders and stock levels as REST-shaped JSON, `/` as `\\/`, signed over exactly those bytes."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from orderloom.sandbox.clock import Clock, iso_millis
from orderloom.sandbox.config import ShopConfig
from orderloom.sandbox.knobs import Fate
from orderloom.sandbox.outbox import Delivery, Outbox
from orderloom.sandbox.shopify.orders import ShopOrder
from orderloom.sandbox.shopify.payloads import order_payload
from orderloom.sandbox.shopify.stockroom import Level, ShopListing
from orderloom.sandbox.shopify.subscriptions import PRIVACY_TOPICS, Subscription, Subscriptions

API_VERSION = "2026-10"
LEVEL_TOPIC = "inventory_levels/update"


class Webhooks:
    """Sends one shop's webhooks to the starter."""

    def __init__(self, config: ShopConfig, clock: Clock, fate: Fate, outbox: Outbox, dice: Random) -> None:
        self._config = config
        self._clock = clock
        self._fate = fate
        self._outbox = outbox
        self._dice = dice
        path = f"/webhooks/shopify/{config.account}"
        self.subscriptions = Subscriptions(path, self._subscription_id, clock.now)
        if config.subscribed:
            self.subscriptions.fill()

    @property
    def sender(self) -> str:
        return f"shopify:{self._config.account}"

    def announce(self, topic: str, order: ShopOrder, *, test: bool) -> None:
        self._post(topic, str(order.order_id), order_payload(order, self._config.shop), test=test)

    def post(self, topic: str, order: ShopOrder, payload: dict[str, Any]) -> None:
        """A topic with a body of its own."""
        self._post(topic, str(order.order_id), payload, test=order.spec.test)

    def tell(self, topic: str, payload: dict[str, Any]) -> None:
        """Something about the shop or its customers."""
        self._post(topic, self._config.shop, payload, test=False)

    def announce_level(self, listing: ShopListing, level: Level) -> None:
        """inventory_levels/update, unless the knob says that nobody subscribed to it."""
        if not self._fate.knobs.inventory_webhooks:
            return
        payload = {
            "inventory_item_id": listing.item_id,
            "location_id": level.location.id,
            "available": level.available,
            "updated_at": level.updated.isoformat(timespec="seconds"),
        }
        self._post(LEVEL_TOPIC, f"{listing.item_id}:{level.location.id}", payload, test=False)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something of the shop's after a while, as its background jobs do."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            work()

        self._outbox.spawn(wait())

    def _post(self, topic: str, subject: str, payload: dict[str, Any], *, test: bool) -> None:
        """To everybody who subscribed to it, each under an id of its own, all under one event id."""
        event_id = self._new_id()
        if topic in PRIVACY_TOPICS:
            self._send(topic, subject, payload, event_id, None, test=test)
        for subscription in self.subscriptions.to(topic):
            self._send(topic, subject, payload, event_id, subscription, test=test)

    def _send(
        self,
        topic: str,
        subject: str,
        payload: dict[str, Any],
        event_id: str,
        subscription: Subscription | None,
        *,
        test: bool,
    ) -> None:
        body = json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()
        webhook_id = self._new_id()
        now = self._clock.now()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": sign(self._config.webhook_secret, body),
            "X-Shopify-Shop-Domain": self._config.shop,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Event-Id": event_id,
            "X-Shopify-Triggered-At": iso_millis(now),
        }
        if test:
            headers["X-Shopify-Test"] = "true"
        delivery = Delivery(
            sender=self.sender,
            topic=topic,
            subject=subject,
            delivery_id=webhook_id,
            path=self.subscriptions.path,
            url=subscription.uri if subscription else None,
            given_up=partial(self.subscriptions.dropped, subscription) if subscription else None,
            headers=headers,
            body=body,
            made_at=now,
        )
        self._outbox.post(delivery, self._fate.knobs.webhooks)

    def resend(self, order_id: str, topic: str, times: int) -> int:
        """Send what was announced of this order under this topic again, under the same webhook ids."""
        matching = [
            delivery
            for delivery in self._outbox.deliveries
            if (delivery.sender, delivery.topic, delivery.subject) == (self.sender, topic, order_id)
        ]
        for delivery in matching:
            self._outbox.send(delivery, self._fate.knobs.webhooks, copies=times)
        return len(matching) * times

    def _subscription_id(self) -> int:
        return self._dice.randrange(10**12, 10**13)

    def _new_id(self) -> str:
        return str(UUID(int=self._dice.getrandbits(128), version=4))


def sign(secret: str, body: bytes) -> str:
    """X-Shopify-Hmac-Sha256: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
