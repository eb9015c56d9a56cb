"""One reading of what Amazon's warehouses have of one account. A Temporal Schedule starts it, never two at a time."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.queues import amazon_listings
    from activities.reading_fba import FbaActivities
    from activities.round_messages import FbaRead, FbaStart
    from workflows.asking import ask


@workflow.defn(name="fba")
class FbaWorkflow:
    @workflow.run
    async def run(self, start: FbaStart) -> FbaRead:
        return await ask(FbaActivities.read_fba, start, queue=amazon_listings(start.account))
