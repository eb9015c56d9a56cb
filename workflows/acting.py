"""The actions of the rule that took an order: called beside the story, those before dispatch hold it back."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.acting import ActingActivities
from activities.messages import ShipmentState
from activities.rule_messages import ActionDone, ActionStep, Routed
from orderloom.domain.actions import ActionState
from orderloom.domain.cancellations import CancelReason
from workflows.asking import ask
from workflows.cancelling import Cancelling
from workflows.desk import Act, Desk, reason_of
from workflows.holds import action_failed, action_holds


class Acting:
    def __init__(self, desk: Desk, cancelling: Cancelling) -> None:
        self._desk = desk
        self._cancelling = cancelling

    async def act(self) -> None:
        """Begin what is due; carry out what an answer asked for."""
        desk = self._desk
        cancels = next((act for act in desk.acts.values() if act.cancels), None)
        if cancels and not desk.is_cancelled:
            await self._cancelling.cancel(cancels.cancels, CancelReason.RISK)
        if desk.is_cancelled:
            desk.acts.clear()
        if desk.asks_to_decide and all(act.is_done for act in desk.acts.values()):
            desk.route_due = True
        for act in desk.acts.values():
            due = act.is_before or self._is_dispatched()
            if due and not (act.is_done or act.task or act.trouble or act.cancels):
                act.task = desk.begin(self._run(act))

    def ask_again(self) -> None:
        """An operator wants troubled actions asked once more: one that answered is asked anew."""
        for act in self._desk.acts.values():
            if act.trouble:
                act.attempt += act.has_answered
                act.trouble, act.has_answered = None, False

    async def go_on_without(self, why: str) -> None:
        """An operator lets the order go on."""
        for act in self._desk.acts.values():
            if act.trouble:
                await self._waive(act, f"goes on without {act.view.act.action}: {why}")

    def _is_dispatched(self) -> bool:
        shipments = self._desk.shipments.values()
        taken = [s for s in shipments if s.state is ShipmentState.SENT or s.complete]
        return bool(taken) and all(s in taken or s.state is ShipmentState.STOPPED for s in shipments)

    async def _run(self, act: Act) -> None:
        try:
            done = await self._ask(act)
            act.attempt, act.has_answered = done.attempt, True
            act.is_done = done.state.lets_go_on
            if done.state is ActionState.HELD:
                act.trouble = action_holds(done.text)
            elif done.state is ActionState.CANCELS:
                act.cancels = done.text
            self._desk.tell(done.text)
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                await self._failed(act, reason_of(failed))
        finally:
            act.task = None

    async def _ask(self, act: Act) -> ActionDone:
        if workflow.patched("actions-are-looked-up"):
            known = await ask(ActingActivities.look_up_action, self._step(act))
            if known.state is not ActionState.ASKED:
                return known
        name, within = act.view.act.action, act.view.give_up_after
        return await ask(ActingActivities.run_action, self._step(act), queue=queues.action(name), within=within)

    async def _failed(self, act: Act, why: str) -> None:
        if act.view.act.failure_holds:
            act.trouble = action_failed(act.view.act.action, why)
        else:
            await self._waive(act, f"{act.view.act.action} failed and the order goes on without it: {why}")

    async def _waive(self, act: Act, why: str) -> None:
        await ask(ActingActivities.waive_action, self._step(act).model_copy(update={"why": why}))
        act.trouble, act.is_done = None, True
        self._desk.tell(why)

    def _step(self, act: Act) -> ActionStep:
        return ActionStep(
            key=self._desk.key,
            act=act.view.act,
            decision=act.decision,
            decided_at=act.decided_at,
            attempt=act.attempt,
        )


def acts_of(routed: Routed, before: "dict[str, Act]") -> "dict[str, Act]":
    """What the decision has done. The same decision made again goes on with what it has begun."""
    if routed.decided_at is None:
        return {}
    made = [Act(view, routed.decision, routed.decided_at, to_decide=routed.asks) for view in routed.actions]
    return {act.name: before.get(act.name, act) for act in made}
