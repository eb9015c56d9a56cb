"""Which story an Amazon order has here, by the first of these that fits."""

from collections.abc import Sequence
from datetime import datetime

from orderloom.channels.amazon.payload import OrderDocument
from orderloom.domain.orders import BEFORE_LIVE_REASON, ChannelState, OrderLine, Story

OWN_MCF = "our own Multi-Channel Fulfillment order coming back: it belongs to the shipment that caused it"
FBA = "Amazon ships it from its own stock (FBA)"
STORE_PICK_UP = "the buyer collects it in a store (IN_STORE_PICK_UP)"
EASY_SHIP = "Amazon's own carrier handles it (AMAZON_EASY_SHIP)"
SHIPPED = "it was already shipped"
PENDING = "Amazon has not released it yet"


def story_of(
    document: OrderDocument,
    state: ChannelState,
    lines: Sequence[OrderLine],
    *,
    by_amazon: bool,
    live_from: datetime,
) -> tuple[Story, str]:
    """The story, and why it is not SHIP. An order's age comes before its state: `state` keeps telling whether it is
    open, and units that left before the account was connected were never in our count."""
    if document.sales_channel.channel_name == "NON_AMAZON":
        return Story.SKIP, OWN_MCF
    if by_amazon:
        return Story.OBSERVE, FBA
    if "IN_STORE_PICK_UP" in document.programs:
        return Story.OBSERVE, STORE_PICK_UP
    if "AMAZON_EASY_SHIP" in document.programs:
        return Story.OBSERVE, EASY_SHIP
    if document.created_time < live_from:
        return Story.OBSERVE, BEFORE_LIVE_REASON
    if state is ChannelState.FULFILLED and not any(line.open_quantity for line in lines):
        return Story.OBSERVE, SHIPPED
    if state is ChannelState.PENDING:
        return Story.WAIT, PENDING
    return Story.SHIP, ""
