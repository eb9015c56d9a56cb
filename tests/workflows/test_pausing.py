"""A shop uninstalls the app while orders are under way: what it has to be told waits, and goes on by itself."""

from orderloom.domain.orders import HoldReason, OrderStatus
from tests.workflows.world import World


async def test_a_confirmation_waits_for_the_app_and_is_sent_once_it_is_connected(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.uninstall_app()
    await world.ship(world.own)
    await world.until_held(HoldReason.ACCOUNT_PAUSED)
    assert world.hold is not None
    assert world.hold.detail == "the app was uninstalled from shop kitchen"
    assert "orderloom connect shopify kitchen" in world.hold.fix
    await world.connect_app()
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert len(world.shopify.confirmed) == 1
    assert {"paused", "resumed"} <= set(world.timeline)


async def test_a_cancellation_waits_for_the_app_too(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.uninstall_app()
    await world.ask("cancel", "discontinued")
    await world.until_held(HoldReason.ACCOUNT_PAUSED)
    await world.connect_app()
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert [told.key for told in world.shopify.cancelled] == [world.key]


async def test_another_reason_to_look_again_does_not_call_a_paused_shop(world: World) -> None:
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.uninstall_app()
    await world.ship(world.own)
    await world.until_held(HoldReason.ACCOUNT_PAUSED)
    world.store.events.wake(world.key, "restocked")
    await world.look_again()
    await world.until_card("looked again: restocked")
    assert (world.hold and world.hold.reason, world.shopify.confirmed) == (HoldReason.ACCOUNT_PAUSED, [])
