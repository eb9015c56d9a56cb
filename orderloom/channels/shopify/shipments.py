"""fulfillmentCreate: tell Shopify of one package, exactly once.

It has no idempotency key, and a repeated call for a part of an order makes a second shipment and a second e-mail. So
each confirmation reads first: units that a fulfillment with our tracking number holds already are not sent again. A
package whose units are assigned to several locations is several fulfillments and one e-mail: the first one's.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orderloom.channels.shopify import errors
from orderloom.channels.shopify.answers import CreateFulfillment
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.progress import Progress, read_progress, standing_with, units_in
from orderloom.channels.shopify.shipping_queries import CREATE_FULFILLMENT
from orderloom.channels.shopify.spread import Take, by_fulfillment_order, spread
from orderloom.domain.carriers import carrier_of
from orderloom.domain.errors import OutcomeUnknown, OutsideError, Rejected, Unavailable
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt

_ROUTING_TIME = timedelta(minutes=15)
"""Shopify makes an order's fulfillment orders some time after the order; no webhook says when."""


def confirm(api: AdminApi, confirmation: Confirmation, *, notify_customer: bool) -> ConfirmationReceipt:
    """One fulfillment for each location that the package's units are assigned to; normally one."""
    progress = read_progress(api, confirmation.key.order_id)
    there, wanted = _already(api, progress, confirmation)
    if there and not wanted:
        return _receipt(there, already_there=True)
    groups, missing = spread(wanted, progress.open_lines)
    if missing:
        raise _not_open(api.system, progress, missing)
    try:
        made = [
            _create(api, group, confirmation, notify_customer=notify_customer and not there and place == 0)
            for place, group in enumerate(groups)
        ]
    except Rejected:
        # Another attempt of ours may have been under way: its fulfillment closes what this one wanted.
        there, wanted = _already(api, read_progress(api, confirmation.key.order_id), confirmation)
        if there and not wanted:
            return _receipt(there, already_there=True)
        raise
    return _receipt([*there, *made])


def _already(api: AdminApi, progress: Progress, confirmation: Confirmation) -> tuple[list[str], Counter[str]]:
    """Fulfillments that carry this package's tracking number, and the units that they do not hold yet."""
    ours = standing_with(progress, confirmation.package.tracking_number)
    wanted = Counter({line.line_id: line.quantity for line in confirmation.lines})
    return [fulfillment.id for fulfillment in ours], +(wanted - units_in(api, ours))


def _create(api: AdminApi, takes: Sequence[Take], told: Confirmation, *, notify_customer: bool) -> str:
    fulfillment = {
        "lineItemsByFulfillmentOrder": by_fulfillment_order(takes),
        "trackingInfo": tracking_of(told),
        "notifyCustomer": notify_customer,
    }
    created = api.run(CREATE_FULFILLMENT, {"fulfillment": fulfillment}, CreateFulfillment).fulfillment_create
    if created.user_errors:
        raise errors.user_error(api.system, created.user_errors[0].message)
    if created.fulfillment is None:
        raise OutcomeUnknown(api.system, "fulfillmentCreate answered neither a fulfillment nor userErrors")
    return created.fulfillment.id


def tracking_of(confirmation: Confirmation) -> dict[str, Any]:
    """What Shopify is told of a package's carrier and number."""
    package = confirmation.package
    carrier = confirmation.carrier or carrier_of(package.carrier)
    tracking = {
        "company": carrier.shopify if carrier else package.carrier,
        "number": package.tracking_number,
    }
    url = package.tracking_url or (carrier.page(package.tracking_number) if carrier else None)
    return tracking | ({"url": url} if url else {})


def _not_open(system: str, progress: Progress, missing: Counter[str]) -> OutsideError:
    if not progress.statuses and datetime.now(UTC) - progress.created_at < _ROUTING_TIME:
        return Unavailable(system, "has not made the order's fulfillment orders yet")
    if not progress.open_lines:
        statuses = ", ".join(sorted(set(progress.statuses))) or "none that our scopes show"
        return Rejected(system, "NO_OPEN_FULFILLMENT_ORDER", f"the order's fulfillment orders are: {statuses}")
    lines = ", ".join(f"{units} of line {line}" for line, units in sorted(missing.items()))
    return Rejected(system, "NOT_ENOUGH_OPEN", f"no open fulfillment order has {lines}")


def _receipt(fulfillments: Sequence[str], *, already_there: bool = False) -> ConfirmationReceipt:
    return ConfirmationReceipt(reference=",".join(fulfillments), already_there=already_there)
