"""An order as Orders 2026-01-01 writes it. A dataset is there only where `includedData` asked for it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orderloom.sandbox.amazon.orders import AmazonItem, AmazonOrder
from orderloom.sandbox.clock import iso_millis

INCLUDED_DATA = (
    "BUYER RECIPIENT PROCEEDS EXPENSE PROMOTION CANCELLATION FULFILLMENT PACKAGES TAX PAYMENT FULFILLMENT_ORDERS"
).split()
_MARKETPLACE_NAMES = {"ATVPDKIKX0DER": "Amazon.com", "A2EUQ1WTGCTBG2": "Amazon.ca", "A1F83G8C2ARO7P": "Amazon.co.uk"}


def order_document(order: AmazonOrder, included: Collection[str]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "orderId": order.order_id,
        "createdTime": iso_millis(order.created),
        "lastUpdatedTime": iso_millis(order.updated),
        "programs": list(order.programs),
        "salesChannel": _sales_channel(order),
        "orderItems": [_item(order, item, included) for item in order.items],
    }
    datasets = {
        "BUYER": ("buyer", _buyer),
        "RECIPIENT": ("recipient", _recipient),
        "PROCEEDS": ("proceeds", _proceeds),
        "FULFILLMENT": ("fulfillment", _fulfillment),
        "PACKAGES": ("packages", _packages),
        "PAYMENT": ("payment", _payment),
    }
    for dataset, (name, write) in datasets.items():
        if dataset in included and (value := write(order)) is not None:
            document[name] = value
    return document


def _sales_channel(order: AmazonOrder) -> dict[str, str]:
    named = {"channelName": order.spec.channel_name, "marketplaceId": order.marketplace}
    if order.marketplace in _MARKETPLACE_NAMES:
        named["marketplaceName"] = _MARKETPLACE_NAMES[order.marketplace]
    return named


def _buyer(order: AmazonOrder) -> dict[str, str] | None:
    """Amazon gives the e-mail for merchant-fulfilled orders that are no longer pending."""
    if order.status == "PENDING":
        return None
    buyer = {"buyerName": order.person.name}
    if not order.by_amazon:
        buyer["buyerEmail"] = order.person.email
    if order.spec.business:
        buyer["buyerPurchaseOrderNumber"] = f"PO-{order.order_id[-7:]}"
    return buyer


def _recipient(order: AmazonOrder) -> dict[str, Any] | None:
    """Names and streets come with merchant-fulfilled orders only; nothing does while the order is pending."""
    if order.status == "PENDING" or not order.spec.has_address:
        return None
    person = order.person
    address = {"city": person.city, "stateOrRegion": person.region, "countryCode": person.country}
    if not order.by_amazon:
        address |= {
            "name": person.name,
            "addressLine1": person.street,
            "addressLine2": person.unit,
            "postalCode": person.postal_code,
            "phone": person.phone,
            "addressType": "COMMERCIAL" if order.spec.business else "RESIDENTIAL",
        }
    return {"deliveryAddress": address}


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currencyCode": currency}


def _total(order: AmazonOrder) -> Decimal:
    return sum((item.unit_price * item.quantity for item in order.items), Decimal())


def _proceeds(order: AmazonOrder) -> dict[str, Any] | None:
    return None if order.status == "PENDING" else {"grandTotal": _money(_total(order), order.spec.currency)}


def _payment(order: AmazonOrder) -> dict[str, Any] | None:
    if order.status == "PENDING":
        return None
    execution = {"paymentMethod": "STANDARD", "paymentAmount": _money(_total(order), order.spec.currency)}
    return {"paymentExecutions": [execution]}


def _window(start: datetime, end: datetime) -> dict[str, str]:
    return {"earliestDateTime": iso_millis(start), "latestDateTime": iso_millis(end)}


def _fulfillment(order: AmazonOrder) -> dict[str, Any]:
    return {
        "fulfillmentStatus": order.status,
        "fulfilledBy": "AMAZON" if order.by_amazon else "MERCHANT",
        "fulfillmentServiceLevel": order.spec.service_level,
        "shipByWindow": _window(order.created, order.ship_by),
        "deliverByWindow": _window(order.ship_by, order.ship_by + timedelta(days=5)),
    }


def _packages(order: AmazonOrder) -> list[dict[str, Any]] | None:
    """Only merchant-fulfilled orders have packages here (model)."""
    if order.by_amazon:
        return None
    return [
        {
            "packageReferenceId": package.reference,
            "createdTime": iso_millis(package.created_at),
            "packageStatus": {"status": "SHIPPED"},
            "carrier": package.carrier,
            "shipTime": package.shipped_at,
            "trackingNumber": package.tracking_number,
            "packageItems": [{"orderItemId": item, "quantity": units} for item, units in package.items.items()],
        }
        | ({"shippingService": package.shipping_method} if package.shipping_method else {})
        for package in order.packages.values()
    ]


def _item(order: AmazonOrder, item: AmazonItem, included: Collection[str]) -> dict[str, Any]:
    pending = order.status == "PENDING"
    product: dict[str, Any] = {"asin": item.asin, "title": item.title, "sellerSku": item.sku}
    if not pending:
        product["price"] = {"unitPrice": _money(item.unit_price, order.spec.currency)}
    document = {
        "orderItemId": item.item_id,
        "quantityOrdered": item.quantity,
        "product": product,
    }
    if "FULFILLMENT" in included:
        document["fulfillment"] = _item_fulfillment(order, item)
    if "PROCEEDS" in included and not pending:
        total = _money(item.unit_price * item.quantity, order.spec.currency)
        document["proceeds"] = {"proceedsTotal": total, "breakdowns": [{"type": "ITEM", "subtotal": total}]}
    if "PROMOTION" in included:
        document["promotion"] = {"breakdowns": []}
    if "TAX" in included:
        document["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon"}]}
    if "CANCELLATION" in included and (cancellation := _cancellation(order)):
        document["cancellation"] = cancellation
    return document


def _item_fulfillment(order: AmazonOrder, item: AmazonItem) -> dict[str, Any]:
    done = order.fulfilled(item.item_id)
    left = 0 if order.status == "CANCELLED" else item.quantity - done
    fulfillment: dict[str, Any] = {"quantityFulfilled": done, "quantityUnfulfilled": left}
    if order.spec.with_note and order.status != "PENDING":
        fulfillment["packing"] = {"giftOption": {"giftMessage": order.person.gift_message, "giftWrapLevel": "Classic"}}
    return fulfillment


def _cancellation(order: AmazonOrder) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if order.cancel_requested:
        found["cancellationRequest"] = {"requester": "BUYER", "cancelReason": "Bought by mistake"}
    if order.cancelled_by:
        found["cancellationExecution"] = {"cancelledBy": order.cancelled_by, "cancelReason": "Buyer cancelled"}
    return found
