"""Changes that come while a step is under way, one after the other, or after the end, and whose histories are kept."""

from datetime import timedelta

from activities.messages import LateEvent, LookAgain
from activities.queues import ORDERS
from orderloom.domain.keys import follow_up_id
from orderloom.domain.orders import HoldReason, OrderReading, OrderStatus
from orderloom.storage.wakeups import REOPENED
from tests.fulfillment.services import Service
from tests.workflows.acting import connect
from tests.workflows.world import BUYER, PLACED, World, line

LATER = PLACED + timedelta(minutes=1)


async def edited_while_asked(world: World) -> None:
    """The node has not answered the dispatch when a unit is taken off."""
    world.own.may_answer.clear()
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until(lambda: world.own.asked)
    await world.arrive(world.order(line(), updated_at=LATER))
    await world.until(lambda: "edited" in world.timeline)
    world.own.may_answer.set()
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.ship(world.own)
    await order.result()


async def moved_house_while_asked(world: World) -> None:
    """The node has not answered the dispatch when the address is changed."""
    world.own.may_answer.clear()
    order = await world.arrive(world.order())
    await world.until(lambda: world.own.asked)
    await moves_house(world, "Yonkers", 1)
    await world.until(lambda: "address_changed" in world.timeline)
    world.own.may_answer.set()
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.ship(world.own)
    await order.result()


async def held_before_dispatch(world: World) -> None:
    """It is planned and a service is being asked, when its channel holds it."""
    with Service(answers=[(200, {"risk": 0.1})]).serving() as service:
        service.may_answer.clear()
        connect(world, service)
        order = await world.arrive(world.order(tags=("check",)))
        await world.until(lambda: service.calls)
        await world.arrive(world.order(tags=("check",), on_hold="fraud", updated_at=LATER))
        await world.until_status(OrderStatus.WAITING)
        service.may_answer.set()
        await world.until_card("fraud_check")
        released = PLACED + timedelta(minutes=2)
        await world.arrive(world.order(tags=("check",), on_hold="", updated_at=released))
        await world.until_status(OrderStatus.DISPATCHED)
        await world.ship(world.own)
        await order.result()


async def released_and_changed_again(world: World) -> None:
    """An operator lets go one change of the address; the next one is held again."""
    world.own.cannot_stop = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    for minutes, city in ((1, "Yonkers"), (2, "Troy")):
        await moves_house(world, city, minutes)
        await world.until_held(HoldReason.ADDRESS_TOO_LATE)
        await world.ask("release")
    await world.ship(world.own)
    await order.result()


async def reopened(world: World) -> None:
    """The second run of an order to which a line was added after its end."""
    first = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await first.result()
    await add_a_line(world)
    await world.restart(LookAgain(reason=REOPENED))
    await world.until(lambda: len(world.own.asked) == 2)
    await world.ship(world.own)
    await world.handle.result()


async def add_a_line(world: World) -> str:
    """Its follow-up, by name, that opened the order again."""
    grown = OrderReading(order=world.order(line(), line("2", "LID"), updated_at=LATER), personal=BUYER)
    event_id = world.store_event(grown.model_dump_json().encode())
    name = follow_up_id(world.key, event_id)
    late = LateEvent(key=world.key, event_id=event_id)
    await world.client.execute_workflow("after-order", late, id=name, task_queue=ORDERS)
    return name


async def moves_house(world: World, city: str, minutes: int) -> None:
    personal = BUYER.model_copy(update={"city": city})
    order = world.order(updated_at=PLACED + timedelta(minutes=minutes))
    await world.arrive_raw(OrderReading(order=order, personal=personal).model_dump_json().encode())
