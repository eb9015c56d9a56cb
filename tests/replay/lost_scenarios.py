"""Orders whose workflow was terminated or lost, taken up again by the next one."""

from temporalio.client import WorkflowUpdateStage

from activities.messages import LookAgain, OperatorRequest
from orderloom.domain.cancellations import Cancellation, CancelOutcome, CancelReason
from orderloom.domain.errors import Rejected
from orderloom.domain.orders import HoldReason, OrderStatus
from tests.fulfillment.services import Service
from tests.workflows.acting import connect
from tests.workflows.starting import cancel_with_start
from tests.workflows.world import World


async def action_after_a_lost_workflow(world: World) -> None:
    """The service is away until the workflow is lost: the next one does what was left."""
    with Service(answers=[(200, {"risk": 0.1}), *[(503, {})] * 1000]).serving() as service:
        connect(world, service)
        order = await world.arrive(world.order(tags=("check",)))
        await world.until(lambda: len(service.calls) > 1)
        await order.terminate("lost")
        service.answers.clear()
        world.own.ship(world.own.asked[0].dispatch_id)
        await world.restart(LookAgain(reason="lost"))
        await world.handle.result()


async def told_after_a_lost_workflow(world: World) -> None:
    """The node has stopped it and the channel is yet to be told when the workflow is lost: the next one tells it."""
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.own.cancel(world.own.asked[0].dispatch_id)
    await order.terminate("lost")
    world.store.cancellations.ask(Cancellation(key=world.key, reason=CancelReason.BUYER))
    await world.restart(LookAgain(reason="lost"))
    await world.handle.result()


async def lost_while_cancelling(world: World) -> None:
    """Its node hears nothing of the wish to stop until the workflow is lost: the next one knows the wish."""
    world.own.away = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    asked = OperatorRequest(by="kim", why="discontinued")
    await order.start_update("cancel", asked, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
    await world.until(lambda: world.own.told_to_stop)
    await order.terminate("lost")
    world.own.away = False
    await world.restart(LookAgain(reason="lost"))
    await world.handle.result()


async def cancelled_before_it_was_read(world: World) -> None:
    """An operator's wish starts the next workflow: it reads what the order has at nodes before it answers."""
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.terminate("lost")
    await cancel_with_start(world)
    await world.handle.result()


async def told_again_after_a_refusal(world: World) -> None:
    """The channel refused the cancellation, the workflow is lost, and a person has the channel told again."""
    world.shopify.cancels = Rejected("shopify:kitchen", "invalid", "there are outstanding fulfillments")
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_held(HoldReason.CANCEL_REJECTED)
    await order.terminate("lost")
    world.shopify.cancels = CancelOutcome.DONE
    await world.restart(LookAgain(reason="lost"))
    await world.until_card("looked again: lost")
    await world.ask("retry")
    await world.handle.result()
