"""One account's cancellations, batch after batch, by the workflow that the relay starts."""

from orderloom.domain.cancellations import Cancellation, CancellationState, CancelReason
from orderloom.domain.keys import Channel, OrderKey, cancellations_id
from orderloom.domain.orders import OrderReading
from starter.batches import Batches
from tests.workflows.world import BUYER, World


def open_there(world: World, key: OrderKey) -> bytes:
    """What its channel says of an order that it did not cancel."""
    return OrderReading(order=world.order(key=key), personal=BUYER).model_dump_json().encode()


def sold(world: World, number: str) -> OrderKey:
    """An Amazon order that was recorded and is to be cancelled."""
    key = OrderKey(channel=Channel.AMAZON, account="kitchen_us", order_id=f"{world.key.order_id}-{number}")
    reading = OrderReading(order=world.order(key=key), personal=BUYER)
    event = world.new_event(open_there(world, key), key=key, origin="amazon:kitchen_us")
    world.store.orders.record(reading, world.store.events.store(event).event_id)
    world.store.cancellations.ask(Cancellation(key=key, reason=CancelReason.BUYER))
    return key


def states(world: World, keys: list[OrderKey]) -> list[CancellationState]:
    found = [world.store.cancellations.find(key) for key in keys]
    return [record.state for record in found if record]


async def test_cancellations_go_in_one_batch_and_the_workflow_ends_when_all_are_answered(world: World) -> None:
    keys = [sold(world, "1"), sold(world, "2")]
    world.amazon.cancel_feed.refused = {keys[1].order_id: "18028: it has shipped"}
    world.amazon.fetches = [open_there(world, keys[1])]
    waker = Batches(world.store.cancellations)
    assert await waker.wake(world.client) == 1
    assert await waker.wake(world.client) == 0, "it was signalled just now"
    running = world.client.get_workflow_handle(cancellations_id("kitchen_us"))
    await world.until(lambda: states(world, keys) == [CancellationState.SENT] * 2)
    await world.fast_forward(running, minutes=3)
    await running.result()
    assert states(world, keys) == [CancellationState.ACCEPTED, CancellationState.REJECTED]
    (batch,) = world.amazon.cancel_feed.drafts
    assert {entry.order_id for entry in batch} == {key.order_id for key in keys}
    assert await waker.wake(world.client) == 0, "nothing waits any more"
