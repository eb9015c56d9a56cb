"""The life of one order, from its first event to its last confirmation, as docs/architecture.md draws it.

The story is one loop: each step does what is due and nothing else, then the order waits for news: a channel's event, a
node's report, an operator's wish, a finished dispatch or confirmation, or a deadline. Everything that matters lies in
the database, so a lost workflow is simply started again.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.messages import EventArrived, LookAgain, OperatorAnswer, OperatorRequest, OrderEnded, OrderStart
    from workflows.acting import Acting
    from workflows.alerting import ShipByAlarms
    from workflows.asking import end_if_cancelled
    from workflows.cancelling import Cancelling
    from workflows.confirming import Confirming
    from workflows.desk import Desk
    from workflows.editing import Editing
    from workflows.ending import Ending
    from workflows.giving_up import GivingUp
    from workflows.hints import Hints
    from workflows.inbox import Wish
    from workflows.operator import Operator
    from workflows.preparing import Preparing
    from workflows.routing import Routing
    from workflows.shipping import Shipping
    from workflows.standing import Standing
    from workflows.withdrawing import Withdrawing

A_MOMENT = timedelta(milliseconds=1)


@workflow.defn(name="order")
class OrderWorkflow:
    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        self._desk = desk = Desk(start)
        self._hints = Hints(desk)
        self._shipping = Shipping(desk)
        self._giving_up = GivingUp(desk, self._shipping)
        editing = Editing(desk, self._shipping)
        self._preparing = Preparing(desk, editing)
        self._confirming = Confirming(desk)
        withdrawing = Withdrawing(desk)
        self._cancelling = Cancelling(desk, self._shipping, withdrawing)
        self._routing = Routing(desk, self._cancelling)
        self._acting = acting = Acting(desk, self._cancelling)
        self._operator = Operator(
            desk, self._shipping, self._giving_up, self._confirming, self._cancelling, withdrawing, editing, acting
        )
        self._alarms = ShipByAlarms(desk)
        self._standing = Standing(desk)
        self._ending = Ending(desk, self._cancelling, withdrawing, self._standing)

    @workflow.run
    async def run(self, start: OrderStart) -> OrderEnded:
        try:
            while self._desk.end is None:
                await end_if_cancelled()
                await self._read_before_asked()
                await self._operator.listen()
                self._hints.follow()
                await self._preparing.normalise()
                await self._change_of_mind()
                await self._preparing.reserve()
                await self._routing.route()
                await self._acting.act()
                await end_if_cancelled()
                self._shipping.dispatch()
                await self._shipping.record()
                await self._giving_up.give_up()
                self._confirming.confirm()
                await self._alarms.call_out()
                await self._ending.complete()
                await self._standing.settle()
                self._operator.answer()
                await self._news()
            return await self._ending.close()
        except (asyncio.CancelledError, FailureError) as stopped:
            if is_cancelled_exception(stopped):
                if self._desk.facts is None:
                    # Cancelled before its first step: an order that nobody has read would be known to nobody.
                    await self._preparing.normalise()
                await self._ending.compensate()
            raise

    @workflow.signal(name="channel_event")
    def channel_event(self, arrived: EventArrived) -> None:
        self._desk.inbox.channel_event(arrived.event_id, hint=arrived.hint)

    @workflow.signal(name="shipment_event")
    def shipment_event(self, arrived: EventArrived) -> None:
        self._desk.inbox.shipment_event(arrived.event_id)

    @workflow.signal(name="look_again")
    def look_again(self, why: LookAgain) -> None:
        self._desk.inbox.look_again(why.reason)

    @workflow.update(name="release")
    async def release(self, request: OperatorRequest) -> OperatorAnswer:
        return await self._ask(Wish.RELEASE, request)

    @workflow.update(name="retry")
    async def retry(self, request: OperatorRequest) -> OperatorAnswer:
        return await self._ask(Wish.RETRY, request)

    @workflow.update(name="cancel")
    async def cancel(self, request: OperatorRequest) -> OperatorAnswer:
        return await self._ask(Wish.CANCEL, request)

    @workflow.update(name="reroute")
    async def reroute(self, request: OperatorRequest) -> OperatorAnswer:
        return await self._ask(Wish.REROUTE, request)

    async def _ask(self, wish: Wish, request: OperatorRequest) -> OperatorAnswer:
        asked = self._desk.inbox.ask(wish, request)
        await workflow.wait_condition(lambda: not asked.is_open or self._desk.is_over)
        return asked.answer or OperatorAnswer(done=False, text="too late: the order's story has ended")

    async def _read_before_asked(self) -> None:
        """What an operator asks of an order that lost its workflow is about shipments that only the database knows."""
        if self._desk.facts is None and self._desk.inbox.was_asked and workflow.patched("read-before-asked"):
            await self._preparing.normalise()

    async def _change_of_mind(self) -> None:
        desk = self._desk
        if desk.is_cancelled or desk.end is not None or desk.facts is None:
            return
        if wish := desk.facts.cancel:
            # Noted by a workflow that was lost: nodes may not have been asked, or the channel not told.
            await self._cancelling.cancel(wish.why, wish.reason)
        elif self._preparing.channel_cancelled:
            await self._cancelling.cancel("cancelled at the channel")

    async def _news(self) -> None:
        desk = self._desk
        if desk.end or desk.stirred or desk.is_due or not desk.inbox.is_empty or self._was_cancelled():
            desk.stirred = False
            return
        if workflow.info().is_continue_as_new_suggested() and not desk.is_busy and workflow.all_handlers_finished():
            given = desk.released.changes
            workflow.continue_as_new(OrderStart(key=desk.key, released=tuple(given), released_changes=given))
        deadlines = [*self._shipping.deadlines(), *self._giving_up.deadlines(), *self._routing.deadlines()]
        if self._alarms.due_at:
            deadlines.append((self._alarms.due_at, "call it out as late or nearly so"))
        at, why = min(deadlines, default=(None, None))
        try:
            await workflow.wait_condition(
                lambda: desk.stirred or not desk.inbox.is_empty,
                timeout=max(at - workflow.now(), A_MOMENT) if at else None,
                timeout_summary=why,
            )
        except TimeoutError:
            return
        desk.stirred = False

    def _was_cancelled(self) -> bool:
        """The last steps of a round may have used a cancellation up: then no news would ever come of it."""
        return workflow.cancellation_reason() is not None and workflow.patched("cancelled-before-waiting")
