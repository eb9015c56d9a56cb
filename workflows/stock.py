"""One reading of what one node has. A Temporal Schedule starts it, never two at a time."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.reading_stock import StockActivities
    from activities.round_messages import StockStart
    from orderloom.domain.stock_reading import StockRead
    from workflows.asking import ask


@workflow.defn(name="stock")
class StockWorkflow:
    @workflow.run
    async def run(self, start: StockStart) -> StockRead:
        return await ask(StockActivities.read_stock, start, queue=queues.node(start.node))
