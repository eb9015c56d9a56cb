"""What a rule has done beside shipping: each action once for a decision, whatever dies on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from activities.books import Books
from activities.retries import step
from activities.rule_messages import ActionDone, ActionStep
from orderloom.domain.actions import (
    ActionBook,
    ActionRun,
    ActionService,
    ActionState,
    judge,
    what_it_may_read,
)
from orderloom.domain.errors import Rejected


@dataclass(frozen=True)
class ActingActivities:
    books: Books
    runs: ActionBook
    services: Mapping[str, ActionService]

    @step("look_up_action")
    def look_up_action(self, asked: ActionStep) -> ActionDone:
        """How it stands: ASKED where it is still to be called.

        Raises Rejected for one that has left the configuration: nobody works on its queue any more.
        """
        run = self.runs.begin(_run(asked))
        if run.state is ActionState.ASKED:
            self._service(run)
        return _done(run)

    @step("run_action")
    def run_action(self, asked: ActionStep) -> ActionDone:
        """Call it, unless its answer is recorded. The answer itself stays here: it may say anything of the buyer."""
        run = self.runs.begin(_run(asked))
        if run.state is ActionState.ASKED:
            state, text = self._call(asked, run)
            run = run.model_copy(update={"state": state, "text": text})
            self.runs.settle(run)
            self.books.note(asked.key, "action", text, once=f"action:{run.idempotency_key}")
        return _done(run)

    @step("waive_action")
    def waive_action(self, asked: ActionStep) -> None:
        """The order goes on without it, for the reason that `why` gives."""
        run = self.runs.begin(_run(asked)).model_copy(update={"state": ActionState.WAIVED, "text": asked.why})
        self.runs.settle(run)
        self.books.note(asked.key, "action", asked.why, once=f"waived:{run.idempotency_key}")

    def _call(self, asked: ActionStep, run: ActionRun) -> tuple[ActionState, str]:
        service = self._service(run)
        decision = self.runs.decision(asked.key, asked.decided_at)
        given: dict[str, Any] = what_it_may_read(decision, self.books.orders.get(asked.key).order.name)
        if service.wants_personal:
            buyer = self.books.orders.personal(asked.key).model_dump(mode="json")
            answer = service.call(run.idempotency_key, given | {"personal": buyer})
        else:
            answer = service.call(run.idempotency_key, given)
        try:
            return judge(asked.act, answer, given)
        except ValueError as unfit:
            raise Rejected(f"action:{run.action}", "answer_unfit", str(unfit)) from None

    def _service(self, run: ActionRun) -> ActionService:
        service = self.services.get(run.action)
        if service is None:
            why = "is not in the configuration any more; declare it again under `actions`, or let the order go on"
            raise Rejected(f"action:{run.action}", "not_configured", why)
        return service


def _done(run: ActionRun) -> ActionDone:
    return ActionDone(state=run.state, attempt=run.attempt, text=run.text)


def _run(asked: ActionStep) -> ActionRun:
    act = asked.act
    return ActionRun(key=asked.key, action=act.action, when=act.when, decision=asked.decision, attempt=asked.attempt)
