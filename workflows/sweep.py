"""One sweep of one account for changed orders. A Temporal Schedule starts it, never two at a time."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.queues import amazon_orders
    from activities.round_messages import SweepStart, Swept
    from activities.sweeping import SweepingActivities
    from workflows.asking import ask


@workflow.defn(name="sweep")
class SweepWorkflow:
    @workflow.run
    async def run(self, start: SweepStart) -> Swept:
        return await ask(SweepingActivities.sweep, start, queue=amazon_orders(start.account))
