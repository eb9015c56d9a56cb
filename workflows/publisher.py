"""Keeps one account's listings in step: a round for each batch, then it waits for work or for its next reading.

It carries nothing but the account: what has to be sent lies in the database, so a lost publisher is started again.
"""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.publishing import PublishingActivities
    from activities.queues import listings
    from activities.round_messages import AccountRef, CataloguePosition, Published
    from orderloom.domain.keys import publisher_id
    from workflows.asking import ask, end_if_cancelled

ROUNDS_A_RUN = 500
"""Some 12 events each: well below what makes a history slow."""


@workflow.defn(name="publisher")
class PublisherWorkflow:
    @workflow.init
    def __init__(self, account: AccountRef) -> None:
        self._account = account
        self._has_work = False

    @workflow.run
    async def run(self, account: AccountRef) -> None:
        for _ in range(ROUNDS_A_RUN):
            await end_if_cancelled()
            # Before the round: what comes during it may be too late for its plan.
            self._has_work = False
            done = await ask(PublishingActivities.publish, account, queue=listings(account.channel, account.account))
            if done.is_over:
                return
            if done.catalogue_unread:
                await read_whole_catalogue(account)
                continue
            await self._wake(done.others)
            await self._until_work(done)
            if workflow.info().is_continue_as_new_suggested():
                break
        workflow.continue_as_new(account)

    @workflow.signal(name="work")
    def work(self) -> None:
        self._has_work = True

    async def _until_work(self, done: Published) -> None:
        if done.wait_seconds == 0:
            return
        try:
            await workflow.wait_condition(
                lambda: self._has_work, timeout=done.wait_seconds, timeout_summary="until the next reading is due"
            )
        except TimeoutError:
            return

    async def _wake(self, others: tuple[AccountRef, ...]) -> None:
        """Spares them the relay's next round; one that does not run is started by the relay."""
        for other in others:
            publisher = workflow.get_external_workflow_handle(publisher_id(other.channel, other.account))
            try:
                await publisher.signal(PublisherWorkflow.work)
            except ApplicationError as missing:
                workflow.logger.debug("a publisher does not run yet: %s", missing.type)


async def read_whole_catalogue(account: AccountRef) -> int:
    """Read and record everything that the account lists; how many listings that were."""
    position = CataloguePosition(channel=account.channel, account=account.account)
    while not position.is_complete:
        position = await ask(
            PublishingActivities.read_catalogue, position, queue=listings(account.channel, account.account)
        )
    return position.listings
