"""What came after an order was closed: recorded on its timeline, never acted on as if the order were open."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.closing import ClosingActivities
    from activities.messages import LateEvent
    from workflows.asking import ask


@workflow.defn(name="after-order")
class AfterOrderWorkflow:
    @workflow.run
    async def run(self, late: LateEvent) -> None:
        await ask(ClosingActivities.record_late_event, late)
