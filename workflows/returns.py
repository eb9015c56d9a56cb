"""One report of an account's returns. A Temporal Schedule starts it, never two at a time."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.queues import amazon_orders
    from activities.reading_returns import ReturnsActivities
    from activities.round_messages import ReturnsRead, ReturnsStart
    from workflows.asking import ask

PATIENCE = timedelta(hours=2)
"""A report that is not made by then is given up: the next run asks for another one, which tells the same and more."""


@workflow.defn(name="returns")
class ReturnsWorkflow:
    @workflow.run
    async def run(self, start: ReturnsStart) -> ReturnsRead:
        queue = amazon_orders(start.account)
        began = workflow.now()
        asked = await ask(ReturnsActivities.ask_for_returns, start.model_copy(update={"began": began}), queue=queue)
        while True:
            read = await ask(ReturnsActivities.read_returns, asked, queue=queue)
            if read.wait_seconds is None or workflow.now() - began > PATIENCE:
                return read
            await workflow.sleep(read.wait_seconds, summary="until the report may be there")
