"""Compares what a channel shows with what we believed it shows, and says where a difference comes from.

A sale that we have not seen and a hand edit downward look alike at first. They are told apart by time: an order arrives
within the bound of sight, and what is not explained then is an alert of the pool (`orders_missing`, `beyond_rights`).
"""

from collections.abc import Iterable
from enum import StrEnum

from orderloom.domain.listing.offers import ListingKey, Offer
from orderloom.domain.listing.ports import ListingView
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.model import Frozen


class Cause(StrEnum):
    IN_STEP = "in_step"
    BEING_WRITTEN = "being_written"
    """A write is in flight: before its effect and after it are both right."""
    UNEXPLAINED = "unexplained"
    """It differs, and the bound of sight has not passed yet."""
    UNSEEN_ORDERS = "unseen_orders"
    """Orders or cancellations that we had not seen, and have seen since."""
    EDITED_BY_HAND = "edited_by_hand"
    """No order explains it: somebody else wrote to the listing, or an order never reached us."""
    UNMAPPED = "unmapped"
    NOT_COUNTED = "not_counted"
    NEW = "new"
    """Found just now: the next plan publishes it where its SKU was counted."""
    NOT_OURS = "not_ours"
    """Fulfilled by the channel, not tracked there, or of an account that does not publish."""


_STATES = {"unmapped": Cause.UNMAPPED, "not counted": Cause.NOT_COUNTED}
_COMPARED = frozenset({"published", "paused"})
_BY_HAND = frozenset({AlertKind.ORDERS_MISSING, AlertKind.BEYOND_RIGHTS})


class ListingRow(Frozen):
    """One listing in the report, in its own units."""

    listing: str
    sku: str | None
    shown: int | None
    expected: int | None
    """What we believed it shows; None for a listing that was never read before."""
    difference: int
    """`shown` - `expected`: above 0 it offers more than we believed."""
    cause: Cause
    detail: str = ""


def sharing_a_sku(found: Iterable[Offer]) -> dict[ListingKey, str]:
    """Listings that have the SKU of another one, and what to do where that is a mistake."""
    return {
        offer.key: f"has the SKU {offer.sku}, as another listing has, and is mapped by it. Is that a mistake, give it"
        f" a SKU of its own, or map {offer.key.listing} to what it is"
        for offer in found
        if offer.seller_sku and offer.key.listing == offer.own_name
    }


def compare(found: Offer, before: ListingView | None, after: ListingView | None) -> ListingRow:
    """`before` and `after` recording what was found."""
    expected = before.shown if before else None
    difference = found.quantity - expected if found.quantity is not None and expected is not None else 0
    return ListingRow(
        listing=found.key.listing,
        sku=after.place if after else None,
        shown=found.quantity,
        expected=expected,
        difference=difference,
        cause=_cause(difference, before, after),
    )


def explain(row: ListingRow, view: ListingView | None) -> ListingRow:
    """Once the bound of sight has passed since the reading."""
    if row.cause is not Cause.UNEXPLAINED:
        return row
    by_hand = view is not None and not _BY_HAND.isdisjoint(view.alerts)
    return row.model_copy(update={"cause": Cause.EDITED_BY_HAND if by_hand else Cause.UNSEEN_ORDERS})


def _cause(difference: int, before: ListingView | None, after: ListingView | None) -> Cause:
    state = after.state if after else "not tracked"
    if before is None and state == "not counted":
        return Cause.NEW
    if state not in _COMPARED:
        return _STATES.get(state, Cause.NOT_OURS)
    if difference == 0:
        return Cause.IN_STEP
    return Cause.BEING_WRITTEN if before and before.pending else Cause.UNEXPLAINED
