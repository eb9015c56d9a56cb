"""patchListingsItem: what a seller wants a listing to show.

Amazon answers 200 to what it refuses as well, with INVALID and the issues. The issue codes are of Amazon's kind; the
texts are ours. Of a listing's attributes this sandbox has one that can be patched, fulfillment_availability.
"""

import json
from dataclasses import dataclass
from typing import Any

from orderloom.sandbox.amazon.listings import MERCHANT, AmazonListing, Patch
from orderloom.sandbox.amazon.refusals import invalid_input
from orderloom.sandbox.clock import Clock

PATH = "/attributes/fulfillment_availability"
OPERATIONS = ("add", "replace", "merge", "delete")
OFFER_ONLY = "PRODUCT"
"""The product type that goes with every listing."""
_REST = ("lead_time_to_ship_max_days", "restock_date")
_MOST = 10**9
_MISSING, _WRONG, _UNKNOWN = "90220", "99022", "90244"


class Invalid(Exception):
    """The submission is answered 200, with INVALID and this issue."""

    def __init__(self, code: str, message: str, attribute: str) -> None:
        super().__init__(message)
        self.code, self.message, self.attribute = code, message, attribute

    def issue(self) -> dict[str, Any]:
        kind = "MISSING_ATTRIBUTE" if self.code == _MISSING else "INVALID_ATTRIBUTE"
        return {
            "code": self.code,
            "message": self.message,
            "severity": "ERROR",
            "attributeNames": [self.attribute],
            "categories": [kind],
        }


@dataclass(frozen=True)
class Wanted:
    """A readable request's body."""

    product_type: str
    patches: list[dict[str, Any]]


def read_patch(body: bytes) -> Wanted:
    """Raises Refusal (400) where it is not a patch request at all."""
    try:
        request = json.loads(body)
    except ValueError:
        raise invalid_input("Request body is not valid JSON.") from None
    if not isinstance(request, dict) or not isinstance(request.get("productType"), str):
        raise invalid_input("productType is missing.")
    patches = request.get("patches")
    if not isinstance(patches, list) or not patches or not all(isinstance(patch, dict) for patch in patches):
        raise invalid_input("patches is missing or empty.")
    for patch in patches:
        if patch.get("op") not in OPERATIONS or not isinstance(patch.get("path"), str):
            raise invalid_input("A patch needs a path and one of these as op: " + ", ".join(OPERATIONS))
    return Wanted(request["productType"], patches)


def check_patch(listing: AmazonListing, wanted: Wanted, submission_id: str, clock: Clock) -> Patch:
    """What the request makes of the listing; raises Invalid."""
    if wanted.product_type not in (listing.product_type, OFFER_ONLY):
        text = f"The product type of this listing is {listing.product_type}, not {wanted.product_type}."
        raise Invalid(_UNKNOWN, text, "productType")
    for patch in wanted.patches:
        if patch["path"] != PATH:
            name = patch["path"].removeprefix("/attributes/")
            raise Invalid(_UNKNOWN, f"'{name}' is not an attribute of this product type.", name)
        if patch["op"] not in ("merge", "replace"):
            raise Invalid(_WRONG, f"'{patch['op']}' cannot be applied to a quantity.", "fulfillment_availability")
    if len(wanted.patches) > 1:
        raise Invalid(_WRONG, "An attribute can be patched once in a request.", "fulfillment_availability")
    (patch,) = wanted.patches
    row = _row(patch.get("value"))
    rest = {name: row[name] for name in _REST if name in row}
    is_merge = patch["op"] == "merge"
    return Patch(submission_id, listing.marketplace, clock.now(), _quantity(row), is_merge, rest)


def _row(value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        raise Invalid(_WRONG, "The value must be a list of one object.", "fulfillment_availability")
    row: dict[str, Any] = value[0]
    code = row.get("fulfillment_channel_code")
    if not code:
        raise Invalid(_MISSING, "'Fulfillment Channel Code' is required but not supplied.", "fulfillment_channel_code")
    if code != MERCHANT:
        raise Invalid(_WRONG, f"{code!r} is not a fulfillment channel of this seller.", "fulfillment_channel_code")
    known = ("fulfillment_channel_code", "quantity", "marketplace_id", *_REST)
    if unknown := [name for name in row if name not in known]:
        raise Invalid(_UNKNOWN, f"'{unknown[0]}' is not an attribute of this product type.", unknown[0])
    return row


def _quantity(row: dict[str, Any]) -> int:
    quantity = row.get("quantity")
    if quantity is None:
        raise Invalid(_MISSING, "'Quantity' is required but not supplied.", "quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 <= quantity <= _MOST:
        raise Invalid(_WRONG, f"The value for 'Quantity' must be a whole number from 0 to {_MOST}.", "quantity")
    return quantity
