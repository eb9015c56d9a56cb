"""fulfillmentTrackingInfoUpdate: another tracking number for a fulfillment, told to the buyer if the merchant wants."""

from orderloom.channels.shopify import errors
from orderloom.channels.shopify.aftermath_answers import ReadTracking, TrackedFulfillment, UpdateTracking
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.shipments import tracking_of
from orderloom.channels.shopify.shipping_queries import READ_TRACKING, UPDATE_TRACKING
from orderloom.channels.wire import same_tracking_number
from orderloom.domain.errors import OutcomeUnknown, Rejected
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, TrackingCorrection


def correct(api: AdminApi, correction: TrackingCorrection, *, notify_customer: bool) -> ConfirmationReceipt:
    """Each fulfillment of the receipt is read first: one that has the number already is left alone.

    A package of several fulfillments is one e-mail, with the first of them.

    An update of a cancelled fulfillment would succeed at Shopify and help nobody, so it is Rejected here.
    """
    gids = [gid for gid in correction.reference.split(",") if gid]
    if not gids:
        raise Rejected(api.system, "NO_FULFILLMENT", "the package was confirmed without a fulfillment's name")
    changed = [
        _correct(api, gid, correction.confirmation, notify_customer=notify_customer and place == 0)
        for place, gid in enumerate(gids)
    ]
    return ConfirmationReceipt(reference=correction.reference, already_there=not any(changed))


def _correct(api: AdminApi, gid: str, told: Confirmation, *, notify_customer: bool) -> bool:
    found = _read(api, gid)
    if found.status == "CANCELLED":
        raise Rejected(api.system, "FULFILLMENT_CANCELLED", "the fulfillment was cancelled in the shop's admin")
    if [each for each in found.tracking_info if same_tracking_number(each.number, told.package.tracking_number)]:
        return False
    given = {"id": gid, "tracking": tracking_of(told), "notify": notify_customer}
    done = api.run(UPDATE_TRACKING, given, UpdateTracking).fulfillment_tracking_info_update
    if done.user_errors:
        raise errors.user_error(api.system, done.user_errors[0].message)
    if done.fulfillment is None:
        raise OutcomeUnknown(api.system, "the tracking update answered neither a fulfillment nor userErrors")
    return True


def _read(api: AdminApi, gid: str) -> TrackedFulfillment:
    found = api.run(READ_TRACKING, {"id": gid}, ReadTracking).fulfillment
    if found is None:
        raise Rejected(api.system, "NO_FULFILLMENT", "the shop has no such fulfillment any more")
    return found
