"""One reconciliation of one account: first the orders, then the listings that their sales explain."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.queues import listings, recent_orders
    from activities.reconciling import ReconcilingActivities
    from activities.round_messages import AccountRef, OrdersPosition, Reconciled, ReconcileStart
    from workflows.asking import ask


@workflow.defn(name="reconcile")
class ReconcileWorkflow:
    @workflow.run
    async def run(self, start: ReconcileStart) -> Reconciled:
        missing = await self._missing_orders(start)
        if start.changed_since:
            # Its publisher and the schedule see to the listings.
            return Reconciled(
                channel=start.channel, account=start.account, listings=0, causes={}, missing_orders=missing
            )
        account = AccountRef(channel=start.channel, account=start.account)
        queue = listings(start.channel, start.account)
        report = await ask(ReconcilingActivities.compare_listings, account, queue=queue)
        if report.ask_again_seconds is not None:
            await workflow.sleep(report.ask_again_seconds, summary="until late orders have arrived")
            report = await ask(ReconcilingActivities.explain_differences, report, queue=queue)
        return report.model_copy(update={"missing_orders": missing})

    async def _missing_orders(self, start: ReconcileStart) -> int:
        changed = start.changed_since is not None
        since = start.changed_since or workflow.now() - timedelta(days=start.days)
        position = OrdersPosition(channel=start.channel, account=start.account, since=since, changed=changed)
        queue = recent_orders(start.channel, start.account)
        while not position.is_complete:
            # A run that began before pages were paced has positions without a wait.
            if position.wait_seconds:
                await workflow.sleep(position.wait_seconds, summary="leaves the sweep its pages")
            position = await ask(ReconcilingActivities.find_missing_orders, position, queue=queue)
        return position.missing
