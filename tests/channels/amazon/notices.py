"""Notifications as Amazon sends them (schemas/notifications of selling-partner-api-models)."""

from typing import Any

from tests.channels.amazon.payloads import ACCOUNT


def notice(kind: str, payload: dict[str, Any], notification_id: str) -> dict[str, Any]:
    return {
        "NotificationVersion": "1.0",
        "NotificationType": kind,
        "PayloadVersion": "1.0",
        "EventTime": "2026-11-23T12:00:00.000Z",
        "Payload": payload,
        "NotificationMetadata": {
            "ApplicationId": "app-1",
            "SubscriptionId": "subscription-1",
            "PublishTime": "2026-11-23T12:00:02.000Z",
            "NotificationId": notification_id,
        },
    }


def order_change(
    notification_id: str = "n-1",
    order_id: str = "111-1234567-7654321",
    *,
    status: str = "Unshipped",
    change: str = "OrderStatusChange",
    shipper: str = "MFN",
    seller: str = ACCOUNT.seller_id,
    asks_to_cancel: bool = False,
) -> dict[str, Any]:
    summary = {
        "MarketplaceId": "ATVPDKIKX0DER",
        "OrderStatus": status,
        "PurchaseDate": "2026-11-23T11:00:00.000Z",
        "DestinationPostalCode": "48110",
        "FulfillmentType": shipper,
        "OrderItems": [{"OrderItemId": "1", "SellerSKU": "PAN-28", "IsBuyerRequestedCancel": asks_to_cancel}],
    }
    changed = {
        "NotificationLevel": "OrderLevel",
        "SellerId": seller,
        "AmazonOrderId": order_id,
        "OrderChangeType": change,
        "OrderChangeTrigger": {"TimeOfOrderChange": "2026-11-23T12:00:00.000Z", "ChangeReason": "it changed"},
        "Summary": summary,
    }
    return notice("ORDER_CHANGE", {"OrderChangeNotification": changed}, notification_id)


def quantity_change(sku: str, quantity: int, notification_id: str = "q-1") -> dict[str, Any]:
    payload = {"SellerId": ACCOUNT.seller_id, "FulfillmentChannelCode": "DEFAULT", "Sku": sku, "Quantity": quantity}
    return notice("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", payload, notification_id)


def fulfillment_change(dispatch_id: str, notification_id: str = "f-1") -> dict[str, Any]:
    payload = {
        "SellerId": ACCOUNT.seller_id,
        "EventType": "Shipment",
        "StatusUpdatedDateTime": "2026-11-23T12:00:00Z",
        "SellerFulfillmentOrderId": dispatch_id,
        "FulfillmentOrderStatus": "Processing",
    }
    return notice("FULFILLMENT_ORDER_STATUS", {"FulfillmentOrderStatusNotification": payload}, notification_id)
