"""One sweep of one node that calls nobody back. A Temporal Schedule starts it, never two at a time."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.following import FollowingActivities
    from activities.round_messages import FollowStart, Swept
    from workflows.asking import ask


@workflow.defn(name="follow")
class FollowWorkflow:
    @workflow.run
    async def run(self, start: FollowStart) -> Swept:
        return await ask(FollowingActivities.follow, start, queue=queues.node(start.node))
