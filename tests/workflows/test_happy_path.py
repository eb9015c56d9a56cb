from orderloom.domain.orders import OrderStatus
from tests.workflows.world import World


async def test_an_order_is_reserved_routed_dispatched_awaited_and_confirmed(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert [told.package.tracking_number for told in world.shopify.confirmed] == [
        world.own.shipments[world.own.asked[0].dispatch_id].packages[0].tracking_number
    ]
    assert (world.on_hand("PAN"), world.reserved("PAN")) == (19, 0)
    assert world.store.ledger.verify().is_balanced
    story = ["arrived", "reserved", "routed", "dispatched", "shipped", "confirmed", "completed"]
    assert world.timeline == story
