"""Orders that their merchant moves in Shopify and whose histories are kept."""

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio.client import WorkflowHandle

from orderloom.domain.orders import HoldReason, OrderStatus
from tests.workflows.test_moving import says, waits_at
from tests.workflows.world import World, line

Handle = WorkflowHandle[Any, Any]


async def moved_away_and_back(world: World) -> Handle:
    """To a place that is no node here, after dispatch, and back again."""
    order = await world.arrive(world.order(line(quantity=2), assigned=(waits_at("1"),)))
    await world.until_status(OrderStatus.DISPATCHED)
    await says(world, waits_at("99"))
    await world.until_held(HoldReason.MOVED_ELSEWHERE)
    await says(world, waits_at("1"), minutes=2)
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.ship(world.own)
    await order.result()
    return order


MOVE_SCENARIOS: dict[str, Callable[[World], Awaitable[Handle]]] = {"moved_away_and_back": moved_away_and_back}
