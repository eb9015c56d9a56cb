"""On the server: what a channel says of an order reaches its workflow in any order, without a pause in between."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

from orderloom.channels.amazon.story import PENDING
from orderloom.domain.keys import Channel
from orderloom.domain.orders import ChannelState, OrderLine, Story
from tests.workflows.crowd import Crowd, CrowdOrder
from tests.workflows.life import say
from tests.workflows.world import PLACED, World, line

CREATED, PAID, EDITED, CANCELLED = range(4)


async def tell(order: CrowdOrder, minute: int) -> None:
    """Shopify adds a line after the payment; Amazon, after the release, takes a unit off."""
    is_shopify, is_edited = order.key.channel is Channel.SHOPIFY, minute in (EDITED, CANCELLED)
    added: tuple[OrderLine, ...] = (line("3", order.lid),) if is_shopify and is_edited else ()
    facts: dict[str, Any] = {"updated_at": PLACED + timedelta(minutes=minute)}
    if minute == CANCELLED:
        facts["state"] = ChannelState.CANCELLED
    if is_shopify:
        facts["payment"] = "pending" if minute == CREATED else "paid"
    elif minute == CREATED:
        facts |= {"state": ChannelState.PENDING, "story": Story.WAIT, "story_reason": PENDING}
    await say(order, *added, pans=2 if is_shopify or not is_edited else 1, **facts)


async def live(crowd: Crowd, channel: Channel, told: tuple[int, ...]) -> dict[str, Any]:
    """Where the order is in the end, when its node has shipped all that it was asked for."""
    order = crowd.order(channel)
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


SHIPPED = {
    Channel.SHOPIFY: {"status": "completed", "told": [("1", 2), ("2", 1), ("3", 1)], "on hand": 16, "reserved": 0},
    Channel.AMAZON: {"status": "completed", "told": [("1", 1), ("2", 1)], "on hand": 18, "reserved": 0},
}


async def test_an_order_that_is_released_and_edited_ships_the_same_in_every_order(world: World) -> None:
    crowd = Crowd(world)
    lives = list(itertools.product(Channel, itertools.permutations((CREATED, PAID, EDITED))))
    ends = await asyncio.gather(*(live(crowd, channel, told) for channel, told in lives))
    assert ends == [SHIPPED[channel] for channel, _ in lives]
    assert world.store.ledger.verify().violations == ()
    await crowd.leave()


async def test_an_order_that_is_cancelled_at_last_ships_nothing_in_any_order(world: World) -> None:
    crowd = Crowd(world)
    some = list(itertools.permutations((CREATED, PAID, EDITED, CANCELLED)))[::4]
    channels = itertools.cycle(Channel)
    ends = await asyncio.gather(*(live(crowd, channel, told) for channel, told in zip(channels, some, strict=False)))
    assert ends == [{"status": "cancelled", "told": [], "on hand": 20, "reserved": 0}] * len(some)
    assert world.store.ledger.verify().violations == ()
    await crowd.leave()
