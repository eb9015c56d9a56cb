"""patchListingsItem (5 a second, burst 5): the merchant's quantity of one listing.

It is absolute, has neither key nor version, and takes effect some time after it was accepted. So an answer that was
lost is UNKNOWN and never sent again, and a 500 or 503 counts as lost: it does not say that nothing was done.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sp_api.api import ListingsItemsV20210801
from sp_api.base import ApiResponse

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.listing_payload import PatchAnswer
from orderloom.channels.amazon.listings import MERCHANT, product_and_marketplace
from orderloom.channels.wire import read_body
from orderloom.domain.errors import OutcomeUnknown, Rejected, UnreadableEvent
from orderloom.domain.listing.offers import Push, PushAnswer, PushState
from orderloom.domain.merchant import AmazonAccount

_REASON_LIMIT = 500
_BY_AMAZON = "Amazon fulfils this listing; a merchant's quantity would make it the merchant's to ship"


def push(partner: SellingPartner, account: AmazonAccount, one: Push) -> PushAnswer:
    """Send one quantity. Raises Throttled, Unavailable and AccessDenied, where nothing was done."""
    product_type, marketplace = product_and_marketplace(account, one.reference)
    if not product_type:
        return _answer(one, PushState.REFUSED, _BY_AMAZON)
    body = patch_body(product_type, one.quantity)
    try:
        answer = partner.call(
            ListingsItemsV20210801,
            errors.PATCH_LISTING,
            lambda client: client.patch_listings_item(
                account.seller_id, one.key.listing, marketplaceIds=marketplace, includedData="issues", body=body
            ),
        )
    except Rejected as refusal:
        return _answer(one, PushState.REFUSED, refusal.detail)
    except OutcomeUnknown as lost:
        return _answer(one, PushState.UNKNOWN, lost.detail)
    return _understood(one, answer)


def patch_body(product_type: str, quantity: int) -> dict[str, Any]:
    """The documented body. `merge` leaves restock date and lead time alone, which `replace` would reset."""
    value = [{"fulfillment_channel_code": MERCHANT, "quantity": quantity}]
    patch = {"op": "merge", "path": "/attributes/fulfillment_availability", "value": value}
    return {"productType": product_type, "patches": [patch]}


def _understood(one: Push, answer: ApiResponse) -> PushAnswer:
    """Amazon answers 200 to what it refuses, too."""
    try:
        told = read_body(PatchAnswer, json.dumps(answer.payload).encode())
    except UnreadableEvent as unreadable:
        return _answer(one, PushState.UNKNOWN, f"patchListingsItem answered badly: {unreadable}")
    words = "; ".join(str(issue) for issue in told.issues)
    if told.status == "ACCEPTED":
        return _answer(one, PushState.ACCEPTED, words)
    if told.status == "INVALID":
        return _answer(one, PushState.REFUSED, words or "Amazon names no issue")
    return _answer(one, PushState.UNKNOWN, f"patchListingsItem answered {told.status[:40]}")


def _answer(one: Push, state: PushState, reason: str) -> PushAnswer:
    return PushAnswer(push_id=one.push_id, state=state, at=datetime.now(UTC), reason=reason[:_REASON_LIMIT])
