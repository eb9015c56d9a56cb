"""Orders whose shop uninstalled the app while they had something to tell it, and connected it again."""

from orderloom.domain.orders import HoldReason, OrderStatus
from tests.workflows.world import World


async def confirmed_once_connected(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.uninstall_app()
    await world.ship(world.own)
    await world.until_held(HoldReason.ACCOUNT_PAUSED)
    await world.connect_app()
    await order.result()


async def withdrawn_once_connected(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.uninstall_app()
    await world.ask("cancel", "discontinued")
    await world.until_held(HoldReason.ACCOUNT_PAUSED)
    await world.connect_app()
    await order.result()
