"""Workflows under the names of the real ones that only remember what reached them."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.messages import (
        AccountRef,
        EventArrived,
        LateEvent,
        LookAgain,
        OperatorAnswer,
        OperatorRequest,
        OrderStart,
    )


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
        self.heard.append(f"channel {event.event_id}")

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
