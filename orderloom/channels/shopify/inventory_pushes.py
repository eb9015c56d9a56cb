"""inventorySetQuantities: a batch of pushes by compare-and-set, in one call, under the batch's idempotency key.

Shopify takes all rows or none. Should it do otherwise, its answer holds an adjustment group beside the errors, and the
rows that it does not name are done.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice

from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.inventory import Stockroom
from orderloom.channels.shopify.inventory_answers import QuantitiesSet, SetQuantities, StockError
from orderloom.channels.shopify.inventory_queries import ITEMS_AT_ONCE, SET_QUANTITIES
from orderloom.channels.shopify.inventory_rows import Row, lay_out
from orderloom.domain.errors import OutcomeUnknown, OutsideError
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, Push, PushAnswer, PushState

_STALE = "CHANGE_FROM_QUANTITY_STALE"
_IN_PROGRESS = "IDEMPOTENCY_CONCURRENT_REQUEST"
_OTHER_CONTENT = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
_FAILED_BEFORE = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
_REASON_LIMIT = 500
_NO_LOCATION = "it is stocked at no location of ours"
_Outcome = tuple[PushState, str]


def push(api: AdminApi, stockroom: Stockroom, batch: Batch) -> tuple[PushAnswer, ...]:
    """Send a batch. Raises OutcomeUnknown where it may be done or is still being done: send it again, as it is."""
    layout = lay_out(batch, stockroom.locations)
    outcomes: dict[int, _Outcome] = {one.push_id: (PushState.REFUSED, _NO_LOCATION) for one in layout.homeless}
    outcomes |= {one.push_id: (PushState.NOT_DONE, "the call was full") for one in layout.left}
    if layout.rows:
        outcomes |= _outcomes(api, stockroom, batch, layout.rows, _send(api, batch, layout.rows))
    to_read = [one for one in batch.pushes if outcomes[one.push_id][0] in (PushState.STALE, PushState.UNKNOWN)]
    found = _shown(stockroom, to_read)
    now = datetime.now(UTC)
    return tuple(
        PushAnswer(push_id=one.push_id, state=state, at=now, reason=reason[:_REASON_LIMIT], found=found.get(one.key))
        for one in batch.pushes
        for state, reason in [outcomes[one.push_id]]
    )


def _send(api: AdminApi, batch: Batch, rows: Sequence[Row]) -> QuantitiesSet:
    quantities = [row.as_input() for row in rows]
    told = {"name": "available", "reason": "correction", "quantities": quantities}
    variables = {"input": told, "key": batch.batch_key}
    return api.run(SET_QUANTITIES, variables, SetQuantities).inventory_set_quantities


def _outcomes(
    api: AdminApi, stockroom: Stockroom, batch: Batch, rows: Sequence[Row], answer: QuantitiesSet
) -> dict[int, _Outcome]:
    """What became of each push that was sent."""
    sent = {row.push.push_id for row in rows}
    codes = {error.code for error in answer.user_errors}
    if _IN_PROGRESS in codes:
        raise OutcomeUnknown(api.system, "is still busy with an earlier sending of this batch")
    if codes & {_OTHER_CONTENT, _FAILED_BEFORE}:
        return dict.fromkeys(sent, _spent_key(batch, answer.user_errors))
    if not answer.user_errors:
        return dict.fromkeys(sent, (PushState.DONE, ""))
    named = _named(stockroom, rows, answer.user_errors)
    others = (PushState.DONE, "") if answer.inventory_adjustment_group else (PushState.NOT_DONE, "another push failed")
    return dict.fromkeys(sent, others) | named


def _spent_key(batch: Batch, errors: Sequence[StockError]) -> _Outcome:
    """This call did nothing; the question is what an earlier one under the same key did.

    PREVIOUS_ATTEMPT_FAILED says that it did nothing either. STALE is the safe word for it: the charge is given back
    only together with what the listing shows, so that a write which was made after all is seen, and charged, at once;
    NOT_DONE would trust a belief that is by now as old as the first sending.

    PARAMETER_MISMATCH says that the earlier one held other rows (our locations were configured anew in between), not
    what became of it. If we sent it, it may be done: UNKNOWN keeps its charge. If not, nothing of ours was done.
    """
    words = errors[0].message
    if batch.sent_before and any(error.code == _OTHER_CONTENT for error in errors):
        return PushState.UNKNOWN, words
    return PushState.STALE, words


def _named(stockroom: Stockroom, rows: Sequence[Row], errors: Sequence[StockError]) -> dict[int, _Outcome]:
    """The pushes that errors are about. An error that names no row is looked into, or else is about all of them."""
    stale: dict[int, _Outcome] = {}
    refused: dict[int, _Outcome] = {}
    for error in errors:
        about = _about(rows, error)
        if error.code == _STALE:
            about = about or _differing(stockroom, rows)
            stale |= {row.push.push_id: (PushState.STALE, error.message) for row in about}
        else:
            reason = f"{error.code or 'USER_ERROR'}: {error.message}"
            refused |= {row.push.push_id: (PushState.REFUSED, reason) for row in about or rows}
    return stale | refused


def _about(rows: Sequence[Row], error: StockError) -> Sequence[Row]:
    return (rows[error.row],) if error.row is not None and error.row < len(rows) else ()


def _differing(stockroom: Stockroom, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that do not show what they were compared with; one whose listing cannot be read is taken for one."""
    found = _shown(stockroom, [row.push for row in rows])
    shown = {key: offer.places for key, offer in found.items()}
    return [row for row in rows if shown.get(row.push.key, {}).get(row.location) != row.change_from]


def _shown(stockroom: Stockroom, pushes: Iterable[Push]) -> dict[ListingKey, Offer]:
    """What these listings show now, as far as it can be read: what became of the batch is known without it."""
    wanted = iter({one.key: one.reference for one in pushes}.items())
    found: dict[ListingKey, Offer] = {}
    try:
        while some := list(islice(wanted, ITEMS_AT_ONCE)):
            found |= stockroom.read(some)
    except OutsideError:
        return found
    return found
