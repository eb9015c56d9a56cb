"""The janitor: wakes open orders that have lost their workflow, has open orders of shops read again in turn, and
forgets personal data and pushes whose time is over."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import HousekeepingActivities
    from activities.round_messages import Housekept
    from workflows.asking import ask


@workflow.defn(name="housekeeping")
class HousekeepingWorkflow:
    @workflow.run
    async def run(self) -> Housekept:
        woken = await ask(HousekeepingActivities.wake_lost_orders)
        purged = await ask(HousekeepingActivities.purge_personal_data)
        # A run that began before there were pushes ends as it began.
        pushes = await ask(HousekeepingActivities.forget_old_pushes) if workflow.patched("forget-old-pushes") else 0
        looked = await ask(HousekeepingActivities.look_at_open_orders) if workflow.patched("look-at-open-orders") else 0
        return Housekept(purged=purged, woken=woken, pushes=pushes, looked=looked)
