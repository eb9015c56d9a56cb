"""Tells one account's channel of cancellations, batch after batch, and ends when none waits.

It carries nothing but the account: what is asked, sent and answered lies in the database, so it may be lost and started
again at any moment.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.cancelling import CancellingActivities
    from activities.queues import amazon_shipping
    from activities.round_messages import AccountRef
    from workflows.asking import ask, end_if_cancelled

ROUNDS_A_RUN = 500


@workflow.defn(name="cancellations")
class CancellationsWorkflow:
    @workflow.init
    def __init__(self, account: AccountRef) -> None:
        self._has_work = False

    @workflow.run
    async def run(self, account: AccountRef) -> None:
        for _ in range(ROUNDS_A_RUN):
            await end_if_cancelled()
            self._has_work = False
            queue = amazon_shipping(account.account)
            done = await ask(CancellingActivities.cancellation_round, account, queue=queue)
            if done.wait_seconds is None:
                if not self._has_work:
                    return
                continue
            await workflow.sleep(done.wait_seconds, summary="until the channel may have answered")
        workflow.continue_as_new(account)

    @workflow.signal(name="work")
    def work(self) -> None:
        self._has_work = True
