"""Why an order waits for a person, and what that person can do. Every hold names its fix."""

from activities.messages import Normalised, Recall, Shortage
from orderloom.domain.accounts import connect_again, uninstalled_from
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, HoldReason, Story, out_of_stock


def what_is_missing(facts: Normalised, shortages: tuple[Shortage, ...], released: frozenset[HoldReason]) -> Hold | None:
    """The first thing that keeps a reserved order from being routed."""
    if facts.before_live:
        return before_live()
    if facts.buyer_asks_to_cancel and HoldReason.BUYER_ASKS_TO_CANCEL not in released:
        return Hold(
            reason=HoldReason.BUYER_ASKS_TO_CANCEL,
            detail="the buyer asks to cancel",
            fix="`orderloom orders cancel KEY`, or `orderloom orders release KEY` to ship it anyway",
        )
    if facts.moved_elsewhere and HoldReason.MOVED_ELSEWHERE not in released:
        return moved_elsewhere(facts.moved_elsewhere)
    if facts.unmapped:
        return Hold(
            reason=HoldReason.SKU_UNMAPPED,
            detail=f"no SKU is known for {', '.join(facts.unmapped)}",
            fix="map it with `orderloom skus import --listings FILE`; the order goes on by itself",
        )
    if shortages:
        return out_of_stock({shortage.sku: shortage.units for shortage in shortages})
    if facts.story is not Story.WAIT and not facts.has_address:
        return Hold(
            reason=HoldReason.NO_ADDRESS,
            detail="the order has no address to ship to",
            fix="complete it at the channel, then `orderloom orders retry KEY` reads the order again",
        )
    return None


def before_live() -> Hold:
    return Hold(
        reason=HoldReason.BEFORE_LIVE,
        detail="placed before the account went live: it is watched, not shipped",
        fix="`orderloom orders release KEY` if orderloom is to ship it; otherwise nothing",
    )


def moved_elsewhere(where: str) -> Hold:
    return Hold(
        reason=HoldReason.MOVED_ELSEWHERE,
        detail=where,
        fix="ship it from there and fulfil it at the channel, or move it back there: either is taken in by itself; "
        "`orderloom orders release KEY` ships it from our own nodes all the same",
    )


def unreadable(why: str) -> Hold:
    return Hold(
        reason=HoldReason.UNREADABLE,
        detail=f"its event cannot be read: {why}",
        fix="it goes on with the next readable event; `orderloom orders retry KEY` reads it again from the channel",
    )


def dispatch_unclear(node: str, why: str) -> Hold:
    return Hold(
        reason=HoldReason.DISPATCH_UNCLEAR,
        detail=f"{node}: {why}",
        fix="ask the node; `orderloom orders retry KEY` asks it again and sends only what it never got",
    )


def not_let_go(node: str, since: str, why: str) -> Hold:
    return Hold(
        reason=HoldReason.NODE_SILENT,
        detail=f"{node} is {since}, was asked to let go of the order and did not: {why}",
        fix="settle it with the node, which may still ship it; `orderloom orders retry KEY` asks it again to let go, "
        "`orderloom orders cancel KEY` stops what can be stopped",
    )


def rest_refused(node: str, why: str) -> Hold:
    return Hold(
        reason=HoldReason.NODE_REFUSED,
        detail=f"{node} shipped a part and not the rest: {why}",
        fix="settle the rest with the node; `orderloom orders retry KEY` asks it again",
    )


TOO_LATE = (
    HoldReason.EDITED_TOO_LATE,
    HoldReason.ADDRESS_TOO_LATE,
    HoldReason.HELD_TOO_LATE,
    HoldReason.MOVED_TOO_LATE,
    HoldReason.MOVED_ELSEWHERE,
    HoldReason.BUYER_ASKS_TO_CANCEL,
)
"""What a node that does not stop leaves to a person. It is lifted where it is not so any more."""


def too_late(recall: Recall, node: str, why: str) -> Hold:
    return Hold(
        reason=recall.cause,
        detail=f"{recall.text}, and {node} did not stop shipment {recall.shipment}: {why}",
        fix="`orderloom orders release KEY` ships it as dispatched; `orderloom orders retry KEY` asks the node again; "
        "`orderloom orders cancel KEY` stops what can be stopped",
    )


def cancel_rejected(why: str) -> Hold:
    return Hold(
        reason=HoldReason.CANCEL_REJECTED,
        detail=f"it is cancelled here, and its channel does not take it: {why}",
        fix="`orderloom orders retry KEY` tells the channel again; cancel or refund it there by hand and "
        "`orderloom orders release KEY` otherwise",
    )


def account_paused(key: OrderKey) -> Hold:
    fix = f"{connect_again(key.channel, key.account)}; the order goes on by itself"
    return Hold(reason=HoldReason.ACCOUNT_PAUSED, detail=uninstalled_from(key.account), fix=fix)


def confirmation_rejected(package: int, why: str) -> Hold:
    return Hold(
        reason=HoldReason.CONFIRMATION_REJECTED,
        detail=f"package {package}: {why}",
        fix="`orderloom orders retry KEY` tells the channel again; enter the tracking number there by hand and "
        "`orderloom orders release KEY` otherwise",
    )


def correction_rejected(package: int, why: str) -> Hold:
    return Hold(
        reason=HoldReason.CONFIRMATION_REJECTED,
        detail=f"package {package} has another tracking number, which its channel does not take: {why}",
        fix="`orderloom orders retry KEY` tells the channel again; correct it there by hand and "
        "`orderloom orders release KEY` otherwise",
    )


def package_lost(package: int) -> Hold:
    return Hold(
        reason=HoldReason.PACKAGE_LOST,
        detail=f"package {package} is lost, says its node; nothing is shipped again by itself",
        fix="refund or replace it at the channel, then `orderloom orders release KEY`",
    )


def action_holds(why: str) -> Hold:
    return Hold(
        reason=HoldReason.ACTION_HOLDS,
        detail=why,
        fix="`orderloom orders release KEY` ships it anyway, `orderloom orders retry KEY` asks again, "
        "`orderloom orders cancel KEY` ends it",
    )


def action_failed(action: str, why: str) -> Hold:
    return Hold(
        reason=HoldReason.ACTION_FAILED,
        detail=f"{action} could not be called: {why}",
        fix="mend its service or its entry under `actions`, then `orderloom orders retry KEY`; "
        "`orderloom orders release KEY` goes on without it",
    )
