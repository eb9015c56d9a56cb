"""What of a shop's order came back after it had left, each unit once, and whether the shop holds its fulfilment.

Shopify tells the same goods twice: a return is opened, its goods are disposed of as they arrive, and the refund for it,
at once or weeks later, has lines of its own that say `return` again. The refund names its return, so:

- A return's dispositions say what came back: `return:{return}:{disposition}`. RESTOCKED is on sale again,
  NOT_RESTOCKED arrived and is not; MISSING never came, PROCESSING_REQUIRED is not decided yet.
- A refund without a return says it where the restock type is `return`: `refund:{refund}:{line}`. `cancel` is about
  units that never left, and `no_restock` about money.
- A refund of a return is money. Only where the return was closed without any disposition, as older apps do it, the
  refund's lines stand for the goods: a closed return gets no disposition any more.

A webhook's body does not know dispositions, so there a return's goods are not read; the order is read again anyway. A
refund that does not say whether it has a return (older versions of the API) is left to that reading too.
"""

from collections.abc import Iterator

from orderloom.channels.shopify.payload import OrderPayload, Refund, Return
from orderloom.domain.changes import GoodsBack

_ARRIVED = {"RESTOCKED": True, "NOT_RESTOCKED": False}


def came_back(payload: OrderPayload) -> tuple[GoodsBack, ...]:
    returns = {returned.id: returned for returned in payload.returns}
    disposed = (back for returned in payload.returns for back in _disposed(returned))
    refunded = (back for refund in payload.refunds if _stands_for_goods(refund, returns) for back in _refunded(refund))
    return (*disposed, *refunded)


def held_for(payload: OrderPayload) -> str | None:
    """The reasons of its holds; empty where nothing is held, None where this reading does not say."""
    if not payload.fulfillment_orders:
        return None
    held = [one for one in payload.fulfillment_orders if one.status == "ON_HOLD"]
    reasons = sorted({reason for one in held for reason in one.hold_reasons})
    return ", ".join(reasons) or ("OTHER" if held else "")


def _stands_for_goods(refund: Refund, returns: dict[int, Return]) -> bool:
    if "return_" not in refund.model_fields_set:
        return False
    if refund.return_ is None:
        return True
    returned = returns.get(refund.return_.id)
    return bool(returned and returned.status == "CLOSED" and returned.dispositions == ())


def _refunded(refund: Refund) -> Iterator[GoodsBack]:
    for line in refund.refund_line_items:
        if line.restock_type == "return" and line.quantity:
            yield GoodsBack(
                change_id=f"refund:{refund.id}:{line.id}",
                line_id=str(line.line_item_id),
                quantity=line.quantity,
                restocked_by_channel=line.location_id is not None,
                location=str(line.location_id) if line.location_id else None,
                at=refund.created_at,
            )


def _disposed(returned: Return) -> Iterator[GoodsBack]:
    for done in returned.dispositions or ():
        if done.type in _ARRIVED and done.quantity:
            yield GoodsBack(
                change_id=f"return:{returned.id}:{done.id}",
                line_id=str(done.line_item_id),
                quantity=done.quantity,
                reason=done.reason,
                restocked_by_channel=_ARRIVED[done.type],
                location=str(done.location_id) if done.location_id else None,
                at=done.created_at,
            )
