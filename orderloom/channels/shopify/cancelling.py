"""orderCancel: it answers at once and cancels in a job of its own, so the order is read before and after.

Units are never restocked by it: who sells them next is decided by the listings' rights (decision 0006), to which the
order's release gives them back; Shopify would give them to its own listing.
"""

import time
from typing import Any

from orderloom.channels.shopify.aftermath_answers import CancelError, CancelOrder, Job, ReadCancelled, ReadJob
from orderloom.channels.shopify.cancelling_queries import CANCEL_ORDER, READ_CANCELLED, READ_JOB
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.reread import ORDER_UNKNOWN, order_gid
from orderloom.domain.cancellations import Cancellation, CancelOutcome, CancelReason, CancelReceipt
from orderloom.domain.errors import OutcomeUnknown, Rejected, Unavailable

REASONS = {
    CancelReason.BUYER: "CUSTOMER",
    CancelReason.MERCHANT: "STAFF",
    CancelReason.OUT_OF_STOCK: "INVENTORY",
    CancelReason.UNDELIVERABLE: "OTHER",
    CancelReason.RISK: "FRAUD",
    CancelReason.PAYMENT: "DECLINED",
    CancelReason.PRICING: "OTHER",
    CancelReason.OTHER: "OTHER",
}
_LOOKS = 5
_BETWEEN_LOOKS_SECONDS = 0.3
"""The job mostly ends within a second; one that takes longer is looked for when the step is tried again."""


def cancel(api: AdminApi, cancellation: Cancellation, *, refund: bool) -> CancelReceipt:
    """Safe to repeat. Raises Unavailable while Shopify is still at it, Rejected where it refuses."""
    if cancellation.lines:
        raise Rejected(api.system, "BY_LINE", "single lines are cancelled by editing the order in the shop's admin")
    order_id = cancellation.key.order_id
    if _is_cancelled(api, order_id):
        return CancelReceipt(outcome=CancelOutcome.ALREADY)
    job = _ask(api, order_id, REASONS[cancellation.reason], refund=refund)
    if job is None or _is_over(api, job):
        if _is_cancelled(api, order_id):
            return CancelReceipt(outcome=CancelOutcome.DONE, reference=job.id if job else "")
        if job is not None:
            raise Rejected(api.system, "CANCEL_FAILED", "Shopify's job ended and the order is not cancelled")
    raise Unavailable(api.system, "is still cancelling the order")


def _ask(api: AdminApi, order_id: str, reason: str, *, refund: bool) -> Job | None:
    given: dict[str, Any] = {"id": order_gid(order_id), "reason": reason, "restock": False, "note": "by orderloom"}
    given["refund"] = {"originalPaymentMethodsRefund": refund}
    answer = api.run(CANCEL_ORDER, given, CancelOrder).order_cancel
    result = answer.job_result
    if errors := answer.order_cancel_user_errors or (result.errors if result else ()):
        # Another attempt of ours may have cancelled it meanwhile: the order itself says so.
        if _is_cancelled(api, order_id):
            return None
        raise _refused(api.system, errors[0])
    if answer.job is None and result is None:
        raise OutcomeUnknown(api.system, "orderCancel answered neither a job nor an error")
    return answer.job


def _is_over(api: AdminApi, job: Job) -> bool:
    for _ in range(_LOOKS):
        found = api.run(READ_JOB, {"id": job.id}, ReadJob).job
        if found is None or found.done:
            return True
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    return False


def _is_cancelled(api: AdminApi, order_id: str) -> bool:
    order = api.run(READ_CANCELLED, {"id": order_gid(order_id)}, ReadCancelled).order
    if order is None:
        raise Rejected(api.system, ORDER_UNKNOWN, "the shop has no such order, or our app may not read it")
    return order.cancelled_at is not None


def _refused(system: str, error: CancelError) -> Rejected:
    return Rejected(system, error.code or "USER_ERROR", error.message[:200])
