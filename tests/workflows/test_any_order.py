"""On the server: what a channel says of an order reaches its workflow in any order, without a pause in between."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

from orderloom.domain.keys import Channel
from orderloom.domain.orders import ChannelState, OrderLine
from tests.workflows.crowd import Crowd, CrowdOrder
from tests.workflows.life import say
from tests.workflows.world import PLACED, World, line

CREATED, PAID, EDITED, CANCELLED = range(4)


async def tell(order: CrowdOrder, minute: int) -> None:
    lid: tuple[OrderLine, ...] = (line("3", order.lid),) if minute in (EDITED, CANCELLED) else ()
    state = ChannelState.CANCELLED if minute == CANCELLED else ChannelState.OPEN
    at = PLACED + timedelta(minutes=minute)
    await say(order, *lid, updated_at=at, payment="pending" if minute == CREATED else "paid", state=state)


async def live(crowd: Crowd, told: tuple[int, ...]) -> dict[str, Any]:
    """Where the order is in the end, when its node has shipped all that it was asked for."""
    order = crowd.order(Channel.SHOPIFY)
    order.know(order.pan, order.lid)
    for minute in told:
        await tell(order, minute)
    await order.at_rest()
    for request in order.own.asked:
        if request.dispatch_id not in order.own.told_to_stop:
            await order.ship(order.own, request.dispatch_id)
    await order.at_rest()
    units = [(one.line_id, one.quantity) for confirmation in order.told for one in confirmation.lines]
    return {
        "status": order.status,
        "told": sorted(units),
        "on hand": order.on_hand(order.pan) + order.on_hand(order.lid),
        "reserved": order.reserved(order.pan) + order.reserved(order.lid),
    }


async def test_an_order_that_is_paid_and_edited_ships_the_same_in_every_order(world: World) -> None:
    crowd = Crowd(world)
    ends = await asyncio.gather(*(live(crowd, told) for told in itertools.permutations((CREATED, PAID, EDITED))))
    assert ends == [{"status": "completed", "told": [("1", 2), ("2", 1), ("3", 1)], "on hand": 16, "reserved": 0}] * 6
    assert world.store.ledger.verify().violations == ()
    await crowd.leave()


async def test_an_order_that_is_cancelled_at_last_ships_nothing_in_any_order(world: World) -> None:
    crowd = Crowd(world)
    some = list(itertools.permutations((CREATED, PAID, EDITED, CANCELLED)))[::4]
    ends = await asyncio.gather(*(live(crowd, told) for told in some))
    assert ends == [{"status": "cancelled", "told": [], "on hand": 20, "reserved": 0}] * len(some)
    assert world.store.ledger.verify().violations == ()
    await crowd.leave()
