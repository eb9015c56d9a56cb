"""Amazon's notifications: destinations, subscriptions, and messages sent to real SQS queues by the knobs.

Only ORDER_CHANGE is sent, at every change of an order; the other kinds can be subscribed to and stay silent.
"""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from orderloom.sandbox.amazon.orders import AmazonOrder, AmazonSeller
from orderloom.sandbox.amazon.refusals import Refusal, invalid_input
from orderloom.sandbox.clock import iso_millis
from orderloom.sandbox.knobs import Fate
from orderloom.sandbox.outbox import Outbox

KINDS = ("ORDER_CHANGE", "FULFILLMENT_ORDER_STATUS", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE")
_V0_STATUS = {"CANCELLED": "Canceled", "PARTIALLY_SHIPPED": "PartiallyShipped"}
POISON = '{"NotificationType": "ORDER_CHANGE", "Payload": '
_log = logging.getLogger(__name__)


@dataclass
class Notifier:
    """Destinations belong to an app (by its client id), subscriptions to a seller. One event loop."""

    fate: Fate
    outbox: Outbox
    endpoint: str | None
    """Where SQS listens; without it nothing is sent."""
    destinations: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By client id, then by destination id."""
    subscriptions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """By account and notification type."""
    sent: int = 0
    lost: int = 0
    _apps: dict[str, str] = field(default_factory=dict)
    """By subscription id, the client id of the app that made it."""
    _clients: dict[str, Any] = field(default_factory=dict)

    def create_destination(self, client_id: str, asked: dict[str, Any]) -> dict[str, Any]:
        name, arn = asked.get("name"), (asked.get("resourceSpecification") or {}).get("sqs", {}).get("arn")
        if not isinstance(name, str) or not name or not isinstance(arn, str) or not arn.startswith("arn:aws:sqs:"):
            raise invalid_input("name and resourceSpecification.sqs.arn are required.")
        mine = self.destinations.setdefault(client_id, {})
        if any(each["name"] == name or each["resource"]["sqs"]["arn"] == arn for each in mine.values()):
            raise Refusal(409, "Conflict", "A destination with this name or resource already exists.")
        number = str(uuid4())
        mine[number] = {"name": name, "destinationId": number, "resource": {"sqs": {"arn": arn}}}
        return mine[number]

    def list_destinations(self, client_id: str) -> list[dict[str, Any]]:
        return list(self.destinations.get(client_id, {}).values())

    def delete_destination(self, client_id: str, number: str) -> None:
        """Its subscriptions stay, and what they would send is lost. Raises Refusal (404)."""
        if self.destinations.get(client_id, {}).pop(number, None) is None:
            raise Refusal(404, "NotFound", "Destination with given id does not exist.")

    def subscribe(self, seller: AmazonSeller, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        if kind not in KINDS:
            raise invalid_input(f"{kind} is no notification type of the sandbox.")
        if asked.get("destinationId") not in self.destinations.get(seller.config.client_id, {}):
            raise invalid_input("destinationId does not exist.")
        directive = asked.get("processingDirective")
        if kind == "ORDER_CHANGE" and not (directive or {}).get("eventFilter"):
            raise invalid_input("Processing Directive eventFilter must not be empty.")
        if (seller.config.account, kind) in self.subscriptions:
            raise Refusal(409, "Conflict", "A subscription with this notification type already exists.")
        made = {
            "subscriptionId": str(uuid4()),
            "payloadVersion": str(asked.get("payloadVersion", "1.0")),
            "destinationId": asked["destinationId"],
        }
        made |= {"processingDirective": directive} if directive else {}
        self.subscriptions[(seller.config.account, kind)] = made
        self._apps[made["subscriptionId"]] = seller.config.client_id
        return made

    def unsubscribe(self, client_id: str, kind: str, number: str) -> None:
        """Raises Refusal (404), for another app's too."""
        mine = self._apps.get(number) == client_id
        found = next((k for k, each in self.subscriptions.items() if each["subscriptionId"] == number), None)
        if not mine or found is None or found[1] != kind:
            raise Refusal(404, "NotFound", "Subscription with given id does not exist.")
        del self.subscriptions[found]

    def subscription(self, seller: AmazonSeller, kind: str) -> dict[str, Any]:
        """Raises Refusal (404)."""
        found = self.subscriptions.get((seller.config.account, kind))
        if found is None:
            raise Refusal(404, "NotFound", "Subscription with given notification type does not exist.")
        return found

    def order_changed(self, seller: AmazonSeller, order: AmazonOrder, change: str, now: datetime) -> None:
        """Send it to whom it was subscribed for, late, twice, damaged or not at all by the knobs."""
        subscription = self.subscriptions.get((seller.config.account, "ORDER_CHANGE"))
        if subscription is None or self.endpoint is None:
            return
        knobs = self.fate.knobs.notifications
        destination = self.destinations.get(seller.config.client_id, {}).get(subscription["destinationId"])
        if destination is None or self.fate.happens(knobs.lost_rate):
            self.lost += 1
            return
        text = json.dumps(order_change(seller, order, change, subscription["subscriptionId"], now))
        if self.fate.happens(knobs.poison_rate):
            text = POISON
        arn = destination["resource"]["sqs"]["arn"]
        copies = knobs.copies + (1 if self.fate.happens(knobs.duplicate_rate) else 0)
        for _ in range(copies):
            wait = knobs.delay_seconds + self.fate.between(0.0, knobs.jitter_seconds)
            self.outbox.spawn(self._send(arn, text, wait))

    async def _send(self, arn: str, text: str, wait: float) -> None:
        await asyncio.sleep(wait)
        try:
            await asyncio.to_thread(self._put, arn, text)
        except (BotoCoreError, ClientError) as failure:
            _log.warning("a notification found no queue: %s", type(failure).__name__)
            return
        self.sent += 1

    def _put(self, arn: str, text: str) -> None:
        region, owner, name = arn.split(":")[3:6]
        if region not in self._clients:
            session = boto3.session.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # noqa: S106
            self._clients[region] = session.client("sqs", region_name=region, endpoint_url=self.endpoint)
        client = self._clients[region]
        url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody=text)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def order_change(
    seller: AmazonSeller, order: AmazonOrder, change: str, subscription_id: str, now: datetime
) -> dict[str, Any]:
    """As schemas/notifications/OrderChangeNotification.json has it, in v0's words."""
    asks = order.cancel_requested and order.cancelled_by is None
    reason = "Buyer Requested Cancel" if change == "BuyerRequestedChange" else "Status changed"
    content = {
        "NotificationLevel": "OrderLevel",
        "SellerId": seller.config.seller_id,
        "AmazonOrderId": order.order_id,
        "OrderChangeType": change,
        "OrderChangeTrigger": {"TimeOfOrderChange": iso_millis(now), "ChangeReason": reason},
        "Summary": _summary(order, asks_to_cancel=asks),
    }
    return {
        "NotificationVersion": "1.0",
        "NotificationType": "ORDER_CHANGE",
        "PayloadVersion": "1.0",
        "EventTime": iso_millis(now),
        "Payload": {"OrderChangeNotification": content},
        "NotificationMetadata": {
            "ApplicationId": f"amzn1.sellerapps.app.{seller.config.client_id}",
            "SubscriptionId": subscription_id,
            "PublishTime": iso_millis(now),
            "NotificationId": str(uuid4()),
        },
    }


def _summary(order: AmazonOrder, *, asks_to_cancel: bool) -> dict[str, Any]:
    status = _V0_STATUS.get(order.status, order.status.capitalize())
    shipped = sum(order.fulfilled(item.item_id) for item in order.items)
    return {
        "MarketplaceId": order.marketplace,
        "OrderStatus": status,
        "PurchaseDate": iso_millis(order.created),
        "DestinationPostalCode": order.person.postal_code,
        "FulfillmentType": "AFN" if order.by_amazon else "MFN",
        "OrderType": "StandardOrder",
        "NumberOfItemsShipped": shipped,
        "NumberOfItemsUnshipped": sum(item.quantity for item in order.items) - shipped,
        "EarliestShipDate": iso_millis(order.created),
        "LatestShipDate": iso_millis(order.ship_by),
        "OrderPrograms": [],
        "ShippingPrograms": [],
        "OrderItems": [
            {
                "OrderItemId": item.item_id,
                "SellerSKU": item.sku,
                "SupplySourceId": "",
                "OrderItemStatus": "Shipped" if order.fulfilled(item.item_id) >= item.quantity else "Unshipped",
                "Quantity": item.quantity,
                "QuantityShipped": order.fulfilled(item.item_id),
                "IsBuyerRequestedCancel": asks_to_cancel,
            }
            for item in order.items
        ],
    }
