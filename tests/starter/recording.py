"""Workflows under the names of the real ones that only remember what reached them."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.messages import EventArrived, LateEvent, LookAgain, OperatorAnswer, OperatorRequest, OrderStart
    from activities.round_messages import AccountRef, Reconciled, ReconcileStart, ResolveStart
    from orderloom.domain.keys import Channel
    from orderloom.domain.listing.reconcile import Cause, ListingRow


@workflow.defn(name="order")
class RecordingOrder:
    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        self.heard: list[str] = []
        self.ended = False

    @workflow.run
    async def run(self, start: OrderStart) -> list[str]:
        await workflow.wait_condition(lambda: self.ended)
        return self.heard

    @workflow.signal
    def channel_event(self, event: EventArrived) -> None:
        self.heard.append(f"{'hint' if event.hint else 'channel'} {event.event_id}")

    @workflow.signal
    def shipment_event(self, event: EventArrived) -> None:
        self.heard.append(f"shipment {event.event_id}")

    @workflow.signal
    def look_again(self, again: LookAgain) -> None:
        self.heard.append(f"look {again.reason}")

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.update
    async def release(self, request: OperatorRequest) -> OperatorAnswer:
        return OperatorAnswer(done=True, text=f"released for {request.by}: {request.why}")

    @workflow.update
    async def cancel(self, request: OperatorRequest) -> OperatorAnswer:
        raise ApplicationError("it has left already", type="TooLate")

    @workflow.query
    def memory(self) -> list[str]:
        return self.heard


@workflow.defn(name="after-order")
class RecordingFollowUp:
    @workflow.run
    async def run(self, late: LateEvent) -> str:
        return late.event_id


@workflow.defn(name="resolve")
class RecordingResolve:
    @workflow.run
    async def run(self, start: ResolveStart) -> str:
        return start.event_id


@workflow.defn(name="publisher")
class RecordingPublisher:
    @workflow.init
    def __init__(self, account: AccountRef) -> None:
        self.signals = 0

    @workflow.run
    async def run(self, account: AccountRef) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def work(self) -> None:
        self.signals += 1

    @workflow.query
    def woken(self) -> int:
        return self.signals


@workflow.defn(name="reconcile")
class RecordedReconcile:
    """Finds Shopify in step, and a hand edit and a late order on Amazon."""

    @workflow.run
    async def run(self, start: ReconcileStart) -> Reconciled:
        if start.channel is Channel.SHOPIFY:
            in_step = {Cause.IN_STEP.value: 7}
            return Reconciled(channel=start.channel, account=start.account, listings=7, causes=in_step)
        edited = ListingRow(
            listing="AMZ-PAN", sku="PAN-1", shown=9, expected=4, difference=5, cause=Cause.EDITED_BY_HAND
        )
        late = ListingRow(listing="AMZ-LID", sku=None, shown=1, expected=2, difference=-1, cause=Cause.UNSEEN_ORDERS)
        causes = {Cause.EDITED_BY_HAND.value: 1, Cause.UNSEEN_ORDERS.value: 1}
        return Reconciled(
            channel=start.channel,
            account=start.account,
            listings=2,
            causes=causes,
            rows=(edited, late),
            missing_orders=start.days,
        )
