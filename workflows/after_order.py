"""What came after an order was closed: recorded on its timeline, never acted on as if the order were open.

Three things are: a package whose tracking number its node corrects is corrected at the channel, too; what came back is
taken in, at once or when its listing is mapped (then of an open order as well); and an order to which its channel adds
is opened again, so that its own story ships what was added."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.closing import ClosingActivities
    from activities.confirming import ConfirmingActivities
    from activities.messages import ConfirmStep, LateEvent, TimelineNote
    from activities.preparing import PreparingActivities
    from activities.rereading import RereadingActivities
    from orderloom.domain.keys import OrderKey
    from workflows.asking import ask
    from workflows.desk import reason_of
    from workflows.holds import correction_rejected
    from workflows.pausing import is_paused

WHILE_PAUSED = timedelta(hours=1)


@workflow.defn(name="after-order")
class AfterOrderWorkflow:
    @workflow.run
    async def run(self, late: LateEvent) -> None:
        if late.return_mapped:
            await ask(ClosingActivities.take_waiting_returns, late.key)
        elif late.hint:
            await follow_late_hint(late.key)
        else:
            await record_late(late)


async def record_late(late: LateEvent) -> None:
    due = await ask(ClosingActivities.record_late_event, late)
    for number in due.packages if due else ():
        await _correct_late(ConfirmStep(key=late.key, package=number))


async def _correct_late(asked: ConfirmStep) -> None:
    """The order is closed and cannot be held: a channel that refuses is told of on the timeline."""
    try:
        await _correct_once_connected(asked)
    except ActivityError as failed:
        hold = correction_rejected(asked.package, reason_of(failed))
        text = f"{hold.detail}. To do: {hold.fix}"
        await ask(PreparingActivities.note, TimelineNote(key=asked.key, what="correction_rejected", text=text))


async def _correct_once_connected(asked: ConfirmStep) -> None:
    while True:
        try:
            await ask(ConfirmingActivities.correct_tracking, asked, queue=queues.confirmations(asked.key))
        except ActivityError as failed:
            if not is_paused(failed):
                raise
        else:
            return
        await workflow.sleep(WHILE_PAUSED, summary="until the app is installed again")


async def follow_late_hint(key: OrderKey) -> None:
    """The event says only that the order has changed: what its channel says now is what came late."""
    read = await ask(RereadingActivities.follow_hint, key, queue=queues.readings(key))
    await record_late(LateEvent(key=key, event_id=read.event_id))
