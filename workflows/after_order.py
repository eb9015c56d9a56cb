"""What came after an order was closed: recorded on its timeline, never acted on as if the order were open."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.closing import ClosingActivities
    from activities.messages import LateEvent
    from activities.rereading import RereadingActivities
    from orderloom.domain.keys import OrderKey
    from workflows.asking import ask


@workflow.defn(name="after-order")
class AfterOrderWorkflow:
    @workflow.run
    async def run(self, late: LateEvent) -> None:
        if late.hint:
            await follow_late_hint(late.key)
        else:
            await ask(ClosingActivities.record_late_event, late)


async def follow_late_hint(key: OrderKey) -> None:
    """The event says only that the order has changed: what its channel says now is what came late."""
    read = await ask(RereadingActivities.follow_hint, key, queue=queues.readings(key))
    await ask(ClosingActivities.record_late_event, LateEvent(key=key, event_id=read.event_id))
