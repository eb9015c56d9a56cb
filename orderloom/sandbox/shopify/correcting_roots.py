"""orderCancel, which works on after its answer, and fulfillmentTrackingInfoUpdate.

Messages are those recorded from a live store (2026-04), except for an order or fulfillment that does not exist.
"""

from typing import Any
from uuid import UUID, uuid5

from orderloom.sandbox.mails import BuyerMail, Mail
from orderloom.sandbox.shopify.connections import View
from orderloom.sandbox.shopify.identifiers import gid, number_in
from orderloom.sandbox.shopify.orders import Fulfillment, ShopOrder
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.views import fulfillment_view, order_view

_JOBS = UUID("6e2c0cf6-8f4e-4b86-9d1a-9e6a3c1d6f10")


def correcting_queries(shop: Shop) -> View:
    def job(_info: Any, id: str) -> View | None:
        done = shop.jobs.get(id)
        return None if done is None else {"id": id, "done": done}

    return {"job": job}


def correcting_mutations(shop: Shop) -> View:
    return {
        "orderCancel": lambda _info, **arguments: _cancel(shop, arguments),
        "fulfillmentTrackingInfoUpdate": lambda _info, **arguments: _correct(shop, arguments),
    }


def _cancel(shop: Shop, given: View) -> View:
    order = shop.orders.get(number_in(given["orderId"], "Order") or 0)
    if refusal := _refusal(order, given):
        return {"job": None, "jobResult": None, **_errors(*refusal)}
    assert order is not None  # noqa: S101 - an order that is missing was refused
    job = f"gid://shopify/Job/{uuid5(_JOBS, str(shop.next_id()))}"
    shop.jobs[job] = False
    restock, reason = bool(given["restock"]), str(given["reason"]).lower()

    def carry_out() -> None:
        if shop.cancel(order, restock=restock, reason=reason) and given.get("notifyCustomer"):
            order.mails.append(BuyerMail(Mail.CANCELLED, "", shop.clock.now()))
        shop.jobs[job] = True

    shop.webhooks.later(shop.knobs.cancel_job_seconds, carry_out)
    result = {
        "__typename": "OrderCancelJobResult",
        "id": gid("OrderCancelJobResult", order.order_id),
        "done": False,
        "status": "STARTED",
        "errors": [],
        "order": lambda _info: order_view(shop, order),
    }
    return {"job": {"id": job, "done": False}, "jobResult": result, **_errors()}


def _refusal(order: ShopOrder | None, given: View) -> tuple[str, str, str] | None:
    """Field, code and message; None where it may go on."""
    if order is None:
        return "orderId", "NOT_FOUND", "Order does not exist"
    if order.cancelled:
        return "orderId", "INVALID", "Cannot cancel an order that has already been canceled"
    if order.fulfillments:
        return "orderId", "INVALID", "Cannot cancel an order that has outstanding fulfillments"
    if len(given.get("staffNote") or "") > 255:
        return "staffNote", "INVALID", "Staff note is too long (maximum is 255 characters)"
    return None


def _errors(field: str = "", code: str = "", message: str = "") -> View:
    if not message:
        return {"orderCancelUserErrors": [], "userErrors": []}
    found = {"field": [field], "message": message}
    return {"orderCancelUserErrors": [found | {"code": code}], "userErrors": [found]}


def _correct(shop: Shop, given: View) -> View:
    found = shop.fulfillment(number_in(given["fulfillmentId"], "Fulfillment"))
    if found is None:
        missing = {"field": ["fulfillmentId"], "message": "Fulfillment does not exist."}
        return {"fulfillment": None, "userErrors": [missing]}
    _write(found, given["trackingInfoInput"])
    found.tracking_edits += 1
    found.updated = shop.clock.now()
    if given.get("notifyCustomer"):
        found.order.mails.append(BuyerMail(Mail.TRACKING, next(iter(found.numbers), ""), found.updated))
    shop.changed(found.order)
    return {"fulfillment": fulfillment_view(shop, found), "userErrors": []}


def _write(found: Fulfillment, tracking: View) -> None:
    number, url = tracking.get("number"), tracking.get("url")
    found.company = tracking.get("company")
    found.numbers = tuple(tracking.get("numbers") or ([number] if number else []))
    found.urls = tuple(tracking.get("urls") or ([url] if url else []))
