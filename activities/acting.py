"""What a rule has done beside shipping: each action once for a decision, whatever dies on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

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
from orderloom.domain.answers import TO_DECIDE, Declared, read_answer
from orderloom.domain.errors import Rejected


@dataclass(frozen=True)
class ActingActivities:
    books: Books
    runs: ActionBook
    services: Mapping[str, ActionService]
    fields: Declared = field(default_factory=dict)
    """What each action's service may answer."""

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
            run = self._called(asked, run)
            self.runs.settle(run)
            self.books.note(asked.key, "action", run.text, once=f"action:{run.idempotency_key}")
        return _done(run)

    @step("waive_action")
    def waive_action(self, asked: ActionStep) -> None:
        """The order goes on without it, for the reason that `why` gives."""
        run = self.runs.begin(_run(asked)).model_copy(update={"state": ActionState.WAIVED, "text": asked.why})
        self.runs.settle(run)
        self.books.note(asked.key, "action", asked.why, once=f"waived:{run.idempotency_key}")

    def _called(self, asked: ActionStep, run: ActionRun) -> ActionRun:
        """How it came out. What was asked before deciding is not asked again for the decision, but by a person."""
        service = self._service(run)
        decision = self.runs.decision(asked.key, asked.decided_at)
        given: dict[str, Any] = what_it_may_read(decision, self.books.orders.get(asked.key).order.name)
        known = given["answers"].get(run.action)
        if known and asked.act.branches and run.attempt == 1:
            answer: Any = known
        elif service.wants_personal:
            buyer = self.books.orders.personal(asked.key).model_dump(mode="json")
            answer = service.call(run.idempotency_key, given | {"personal": buyer})
        else:
            answer = service.call(run.idempotency_key, given)
        try:
            state, text = judge(asked.act, answer, given)
        except ValueError as unfit:
            raise Rejected(f"action:{run.action}", "answer_unfit", str(unfit)) from None
        said = self._said(run.action, answer) if run.decision == TO_DECIDE else {}
        return run.model_copy(update={"state": state, "text": text, "answer": said})

    def _said(self, action: str, answer: Any) -> dict[str, JsonValue]:
        """What conditions may read of it. An answer without any of that is none."""
        fields = self.fields.get(action, {})
        said = read_answer(fields, answer)
        if not said:
            why = f"its answer has none of {', '.join(fields)}, as declared"
            raise Rejected(f"action:{action}", "answer_unfit", why)
        return said

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
