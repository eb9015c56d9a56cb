"""What becomes of every change of mind at every step of an order's life: the table that is played and documented.

Each order is of three units, two PAN on line 1 and one LID on line 2; its node has ten of each SKU. A part is one PAN.
`arrived` has no listing for line 2 and so knows no stock of it, `short` has none on hand.
"""

from orderloom.domain.keys import Channel
from tests.workflows import change_play as play
from tests.workflows.change_play import Seen
from tests.workflows.life import BY_AMAZON, STEPS, Play

NOTHING_HAS_LEFT = "nothing of it has left"
ONLY_REFUNDED = "what the channel counts as shipped is refunded, never taken off"
ONLY_OPEN = "only what is still to be fulfilled can be moved"
NOT_PAID_YET = "nothing is paid yet"
NOT_TOO_LATE = "it is taken in each time, so nothing has to be released"
NOT_HELD = "it has left, so nothing is held"
NOT_BY_AMAZON = "Amazon fulfils its own orders only"
EVERY = None
"""Alike on both channels."""


def seen(status: str, node: str, channel: str, stock: str, story: str) -> Seen:
    return Seen(status, node, channel, stock, frozenset(story.split()))


TABLE: dict[tuple[Play, Channel | None], dict[str, Seen | str] | str] = {
    (play.cancelled_at_channel, EVERY): {
        "arrived": seen("cancelled", "not asked", "not told", "10/0", "cancelled released"),
        "short": seen("cancelled", "not asked", "not told", "10/0", "cancelled released"),
        "waiting": seen("cancelled", "not asked", "not told", "20/0", "cancelled released"),
        "under_way": seen("cancelled", "3 stopped", "not told", "20/0", "cancelled dispatched released stopped"),
        "dispatched": seen("cancelled", "3 stopped", "not told", "20/0", "cancelled released stopped"),
        "unstoppable": seen("dispatched", "3 asked, does not stop", "not told", "20/3", "cancel_too_late"),
        "partially_shipped": seen(
            "partially_shipped", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "cancel_too_late"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", "cancel_too_late"),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", "late"),
        "by_amazon": seen("observed", "not asked", "not told", "20/0", "late"),
    },
    (play.cancelled_by_merchant, Channel.SHOPIFY): {
        "arrived": seen("cancelled", "not asked", "told cancelled", "10/0", "cancelled released resumed withdrawn"),
        "short": seen("cancelled", "not asked", "told cancelled", "10/0", "cancelled released resumed withdrawn"),
        "waiting": seen("cancelled", "not asked", "told cancelled", "20/0", "cancelled released resumed withdrawn"),
        "under_way": seen(
            "cancelled", "3 stopped", "told cancelled", "20/0", "cancelled dispatched released stopped withdrawn"
        ),
        "dispatched": seen("cancelled", "3 stopped", "told cancelled", "20/0", "cancelled released stopped withdrawn"),
        "unstoppable": seen("dispatched", "3 asked, does not stop", "not told", "20/3", "cancel_too_late"),
        "partially_shipped": seen(
            "partially_shipped", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "cancel_too_late"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", "cancel_too_late"),
        "completed": seen(
            "completed", "3 of 3 left", "told 3 shipped, the merchant is told that it has ended", "17/0", ""
        ),
    },
    (play.cancelled_by_merchant, Channel.AMAZON): {
        "arrived": seen("cancelled", "not asked", "told cancelled", "10/0", "cancelled released resumed waiting"),
        "short": seen("cancelled", "not asked", "told cancelled", "10/0", "cancelled released resumed waiting"),
        "waiting": seen("cancelled", "not asked", "told cancelled", "20/0", "cancelled released resumed waiting"),
        "under_way": seen(
            "cancelled", "3 stopped", "told cancelled", "20/0", "cancelled dispatched released stopped waiting"
        ),
        "dispatched": seen("cancelled", "3 stopped", "told cancelled", "20/0", "cancelled released stopped waiting"),
        "unstoppable": seen("dispatched", "3 asked, does not stop", "not told", "20/3", "cancel_too_late"),
        "partially_shipped": seen(
            "partially_shipped", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "cancel_too_late"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", "cancel_too_late"),
        "completed": seen(
            "completed", "3 of 3 left", "told 3 shipped, the merchant is told that it has ended", "17/0", ""
        ),
        "by_amazon": seen("observed", "not asked", "not told, the merchant is told that it has ended", "20/0", ""),
    },
    (play.buyer_asks_to_cancel, Channel.SHOPIFY): "a buyer writes to the merchant, who cancels here or at Shopify",
    (play.buyer_asks_to_cancel, Channel.AMAZON): {
        "arrived": seen("held: buyer_asks_to_cancel", "not asked", "not told", "10/2", "buyer_asks held"),
        "short": seen("held: buyer_asks_to_cancel", "not asked", "not told", "10/2", "buyer_asks held"),
        "waiting": seen("held: buyer_asks_to_cancel", "not asked", "not told", "20/3", "buyer_asks held"),
        "under_way": seen(
            "held: buyer_asks_to_cancel", "3 stopped", "not told", "20/3", "buyer_asks dispatched held recalled"
        ),
        "dispatched": seen("held: buyer_asks_to_cancel", "3 stopped", "not told", "20/3", "buyer_asks held recalled"),
        "unstoppable": seen(
            "held: buyer_asks_to_cancel", "3 asked, does not stop", "not told", "20/3", "buyer_asks held"
        ),
        "partially_shipped": seen(
            "held: buyer_asks_to_cancel",
            "1 of 3 left, does not stop",
            "told 1 shipped",
            "19/2",
            "buyer_asks held reserved",
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", "buyer_asks"),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", "late"),
        "by_amazon": seen("observed", "not asked", "not told", "20/0", "late"),
    },
    (play.line_added, Channel.SHOPIFY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "20/3", "edited"),
        "short": seen("held: out_of_stock", "not asked", "not told", "20/3", "edited"),
        "waiting": seen("waiting", "not asked", "not told", "30/4", "edited reserved"),
        "under_way": seen("dispatched", "3 asked; 1 asked", "not told", "30/4", "dispatched edited reserved routed"),
        "dispatched": seen("dispatched", "3 asked; 1 asked", "not told", "30/4", "dispatched edited reserved routed"),
        "unstoppable": seen("dispatched", "3 asked; 1 asked", "not told", "30/4", "dispatched edited reserved routed"),
        "partially_shipped": seen(
            "partially_shipped", "1 of 3 left; 1 asked", "told 1 shipped", "29/3", "dispatched edited routed"
        ),
        "shipped": seen(
            "partially_shipped", "3 of 3 left; 1 asked", "not told", "27/1", "dispatched edited reserved routed"
        ),
        "completed": seen(
            "partially_shipped", "3 of 3 left; 1 asked", "told 3 shipped", "27/1", "dispatched reopened reserved routed"
        ),
    },
    (play.line_added, Channel.AMAZON): "nothing is ever added to an Amazon order",
    (play.units_taken_off, EVERY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "10/1", "edited"),
        "short": seen("held: out_of_stock", "not asked", "not told", "10/1", "edited"),
        "waiting": seen("waiting", "not asked", "not told", "20/2", "edited reserved"),
        "under_way": seen(
            "dispatched", "3 stopped; 2 asked", "not told", "20/2", "dispatched edited recalled reserved"
        ),
        "dispatched": seen(
            "dispatched", "3 stopped; 2 asked", "not told", "20/2", "dispatched edited recalled reserved"
        ),
        "unstoppable": seen("held: edited_too_late", "3 asked, does not stop", "not told", "20/3", "edited held"),
        "partially_shipped": seen(
            "held: edited_too_late", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "edited held reserved"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", "edited"),
        "completed": ONLY_REFUNDED,
        "by_amazon": seen("observed", "not asked", "not told", "20/0", "late"),
    },
    (play.address_changed, EVERY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "10/2", "address_changed"),
        "short": seen("held: out_of_stock", "not asked", "not told", "10/2", "address_changed"),
        "waiting": seen("waiting", "not asked", "not told", "20/3", "address_changed"),
        "under_way": seen(
            "dispatched", "3 stopped; 3 asked", "not told", "20/3", "address_changed dispatched recalled"
        ),
        "dispatched": seen(
            "dispatched", "3 stopped; 3 asked", "not told", "20/3", "address_changed dispatched recalled"
        ),
        "unstoppable": seen(
            "held: address_too_late", "3 asked, does not stop", "not told", "20/3", "address_changed held"
        ),
        "partially_shipped": seen(
            "held: address_too_late",
            "1 of 3 left, does not stop",
            "told 1 shipped",
            "19/2",
            "address_changed held reserved",
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", "address_changed"),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", ""),
        "by_amazon": seen("observed", "not asked", "not told", "20/0", ""),
    },
    (play.address_changed_again, EVERY): {
        **dict.fromkeys(("arrived", "short", "waiting", "under_way", "dispatched"), NOT_TOO_LATE),
        "unstoppable": seen(
            "held: address_too_late",
            "3 asked, does not stop",
            "not told",
            "20/3",
            "address_changed held released resumed",
        ),
        "partially_shipped": seen(
            "held: address_too_late",
            "1 of 3 left, does not stop",
            "told 1 shipped",
            "19/2",
            "address_changed held released reserved resumed",
        ),
        **dict.fromkeys(("shipped", "completed", "by_amazon"), NOT_HELD),
    },
    (play.payment_undone, Channel.SHOPIFY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "10/2", ""),
        "short": seen("held: out_of_stock", "not asked", "not told", "10/2", ""),
        "waiting": NOT_PAID_YET,
        "under_way": seen("waiting", "3 stopped", "not told", "20/3", "dispatched recalled waiting"),
        "dispatched": seen("waiting", "3 stopped", "not told", "20/3", "recalled waiting"),
        "unstoppable": seen("held: held_too_late", "3 asked, does not stop", "not told", "20/3", "held"),
        "partially_shipped": seen(
            "held: held_too_late", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "held reserved"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", ""),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", ""),
    },
    (play.payment_undone, Channel.AMAZON): "an order is pending until Amazon has its money; then it stays paid",
    (play.held_by_channel, Channel.SHOPIFY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "10/2", ""),
        "short": seen("held: out_of_stock", "not asked", "not told", "10/2", ""),
        "waiting": seen("waiting", "not asked", "not told", "20/3", ""),
        "under_way": seen("waiting", "3 stopped", "not told", "20/3", "dispatched recalled waiting"),
        "dispatched": seen("waiting", "3 stopped", "not told", "20/3", "recalled waiting"),
        "unstoppable": seen("held: held_too_late", "3 asked, does not stop", "not told", "20/3", "held"),
        "partially_shipped": seen(
            "held: held_too_late", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "held reserved"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", ""),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", ""),
    },
    (play.held_by_channel, Channel.AMAZON): "Amazon holds no order; one that is not to ship yet is pending",
    (play.hold_released, Channel.SHOPIFY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "10/2", ""),
        "short": seen("held: out_of_stock", "not asked", "not told", "10/2", ""),
        "waiting": seen("waiting", "not asked", "not told", "20/3", ""),
        "under_way": seen(
            "dispatched", "3 stopped; 3 asked", "not told", "20/3", "dispatched recalled resumed waiting"
        ),
        "dispatched": seen(
            "dispatched", "3 stopped; 3 asked", "not told", "20/3", "dispatched recalled resumed waiting"
        ),
        "unstoppable": seen("dispatched", "3 asked, does not stop", "not told", "20/3", "held resumed"),
        "partially_shipped": seen(
            "partially_shipped", "1 of 3 left, does not stop", "told 1 shipped", "19/2", "held reserved resumed"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", ""),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", ""),
    },
    (play.hold_released, Channel.AMAZON): "Amazon holds no order; one that is not to ship yet is pending",
    (play.moved, Channel.SHOPIFY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "20/2", "moved"),
        "short": seen("held: out_of_stock", "not asked", "not told", "20/2", "moved"),
        "waiting": seen("waiting", "not asked", "not told", "40/3", "moved"),
        "under_way": seen(
            "dispatched", "3 stopped; annex: 3 asked", "not told", "40/3", "dispatched moved recalled routed"
        ),
        "dispatched": seen(
            "dispatched", "3 stopped; annex: 3 asked", "not told", "40/3", "dispatched moved recalled routed"
        ),
        "unstoppable": seen("held: moved_too_late", "3 asked, does not stop", "not told", "40/3", "held moved"),
        "partially_shipped": seen(
            "held: moved_too_late", "1 of 3 left, does not stop", "told 1 shipped", "39/2", "held moved reserved"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "37/0", "moved"),
        "completed": ONLY_OPEN,
    },
    (play.moved, Channel.AMAZON): "Amazon knows nothing of places",
    (play.moved_elsewhere, Channel.SHOPIFY): {
        "arrived": seen("held: moved_elsewhere", "not asked", "not told", "20/2", "held moved"),
        "short": seen("held: moved_elsewhere", "not asked", "not told", "20/2", "held moved"),
        "waiting": seen("held: moved_elsewhere", "not asked", "not told", "40/3", "held moved"),
        "under_way": seen("held: moved_elsewhere", "3 stopped", "not told", "40/3", "dispatched held moved recalled"),
        "dispatched": seen("held: moved_elsewhere", "3 stopped", "not told", "40/3", "held moved recalled"),
        "unstoppable": seen("held: moved_elsewhere", "3 asked, does not stop", "not told", "40/3", "held moved"),
        "partially_shipped": seen(
            "held: moved_elsewhere", "1 of 3 left, does not stop", "told 1 shipped", "39/2", "held moved reserved"
        ),
        "shipped": seen("shipped", "3 of 3 left", "not told", "37/0", "moved"),
        "completed": ONLY_OPEN,
    },
    (play.moved_elsewhere, Channel.AMAZON): "Amazon knows nothing of places",
    (play.moved_again, Channel.SHOPIFY): {
        "arrived": seen("held: moved_elsewhere", "not asked", "not told", "20/2", "held moved released"),
        "short": seen("held: moved_elsewhere", "not asked", "not told", "20/2", "held moved released"),
        "waiting": seen("held: moved_elsewhere", "not asked", "not told", "40/3", "held moved released waiting"),
        "under_way": seen(
            "held: moved_elsewhere",
            "3 stopped; 3 stopped",
            "not told",
            "40/3",
            "dispatched held moved recalled released resumed",
        ),
        "dispatched": seen(
            "held: moved_elsewhere",
            "3 stopped; 3 stopped",
            "not told",
            "40/3",
            "dispatched held moved recalled released resumed",
        ),
        "unstoppable": seen(
            "held: moved_elsewhere", "3 asked, does not stop", "not told", "40/3", "held moved released resumed"
        ),
        "partially_shipped": seen(
            "held: moved_elsewhere",
            "1 of 3 left, does not stop",
            "told 1 shipped",
            "39/2",
            "held moved released reserved resumed",
        ),
        "shipped": NOT_HELD,
        "completed": ONLY_OPEN,
    },
    (play.moved_again, Channel.AMAZON): "Amazon knows nothing of places",
    (play.money_refunded, Channel.SHOPIFY): {
        "arrived": seen("held: sku_unmapped", "not asked", "not told", "10/2", ""),
        "short": seen("held: out_of_stock", "not asked", "not told", "10/2", ""),
        "waiting": NOT_PAID_YET,
        "under_way": seen("dispatched", "3 asked", "not told", "20/3", "dispatched"),
        "dispatched": seen("dispatched", "3 asked", "not told", "20/3", ""),
        "unstoppable": seen("dispatched", "3 asked", "not told", "20/3", ""),
        "partially_shipped": seen("partially_shipped", "1 of 3 left", "told 1 shipped", "19/2", ""),
        "shipped": seen("shipped", "3 of 3 left", "not told", "17/0", ""),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "17/0", ""),
    },
    (
        play.money_refunded,
        Channel.AMAZON,
    ): "a refund changes nothing of the order; what comes back is in the report of returns",
    (play.goods_came_back, EVERY): {
        "arrived": NOTHING_HAS_LEFT,
        "short": NOTHING_HAS_LEFT,
        "waiting": NOTHING_HAS_LEFT,
        "under_way": NOTHING_HAS_LEFT,
        "dispatched": NOTHING_HAS_LEFT,
        "unstoppable": NOTHING_HAS_LEFT,
        "partially_shipped": seen("partially_shipped", "1 of 3 left", "told 1 shipped", "20/2", "came_back"),
        "shipped": seen("shipped", "3 of 3 left", "not told", "18/0", "came_back"),
        "completed": seen("completed", "3 of 3 left", "told 3 shipped", "18/0", "came_back"),
        "by_amazon": seen("observed", "not asked", "not told", "20/0", "came_back"),
    },
}
"""By change and channel, then by step; a text says why there is no such change."""


def cells(change: Play, channel: Channel) -> dict[str, Seen | str]:
    """Every step of one change on one channel, in the order of a life."""
    found = TABLE.get((change, channel)) or TABLE[change, EVERY]
    if isinstance(found, str):
        return dict.fromkeys(STEPS, found)
    known = found | ({BY_AMAZON: NOT_BY_AMAZON} if channel is Channel.SHOPIFY else {})
    return {step: known[step] for step in STEPS}
