"""One event whose order is not known: ask its channel, however long it is away. The relay does the rest."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.resolving import ResolvingActivities
    from activities.round_messages import ResolveStart
    from orderloom.domain.keys import OrderKey
    from workflows.asking import ask


@workflow.defn(name="resolve")
class ResolveWorkflow:
    @workflow.run
    async def run(self, start: ResolveStart) -> OrderKey | None:
        queue = queues.recent_orders(start.channel, start.account)
        return await ask(ResolvingActivities.resolve_order, start, queue=queue)
