"""What a rule may have done beside shipping: one named HTTP call before or after an order is dispatched.

Bodies and branches are CEL over the order and the decision as they were recorded. No personal data is among them, but
for a body whose action says `personal: true`, and that only over https or to this machine.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from cel_expr_python import cel
from pydantic import Field, JsonValue

from orderloom.domain.cel_words import fault_in_words
from orderloom.domain.decisions import Decision
from orderloom.domain.facts import FACTS
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import PersonalData
from orderloom.domain.rulebook import RuleAction

_ABOUT = {"key", "id", "name"}
ORDER_FIELDS = tuple(sorted({fact.name.removeprefix("order.") for fact in FACTS if fact.name != "now"} | _ABOUT))
DECISION_FIELDS = ("arrives_on", "cost", "nodes", "rule", "sentence")
_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_BODY = {"order": _MAP, "decision": _MAP, "answers": _MAP, "settings": cel.Type.Map(cel.Type.STRING, cel.Type.STRING)}
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_FIELD = re.compile(r"(?<![\w.])(order|decision|personal)\.(\w+)")


@cache
def _environment(*, personal: bool, answer: bool) -> Any:
    more = {"personal": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)} if personal else {}
    return cel.NewEnv(variables=_BODY | more | ({"answer": cel.Type.DYN} if answer else {}))


def compiled(expression: str, *, personal: bool = False, answer: bool = False) -> Any:
    """Raises ValueError with the column, what is wrong, and what to write instead."""
    try:
        found = _environment(personal=personal, answer=answer).compile(expression)
    except RuntimeError as wrong:
        raise ValueError(_in_words(str(wrong))) from None
    fields = {"order": ORDER_FIELDS, "decision": DECISION_FIELDS, "personal": tuple(PersonalData.model_fields)}
    words = _STRING.sub(lambda text: '"' + " " * (len(text[0]) - 2) + '"', expression)
    for use in _FIELD.finditer(words):
        known = fields[use[1]]
        if use[2] not in known:
            meant = get_close_matches(use[2], known, n=1)
            hint = f"did you mean {use[1]}.{meant[0]}?" if meant else f"it has {', '.join(known)}"
            raise ValueError(f"column {use.start(2) + 1}: {use[1]} has no field {use[2]!r}; {hint}")
    return found


def _in_words(message: str) -> str:
    found = re.search(r"<input>:(\d+):(\d+): (.*)", message)
    place = f"line {found[1]}, column {found[2]}: {fault_in_words(found[3])}" if found else message.splitlines()[0]
    if "reference to 'personal" in place:
        return "reads the buyer's personal data; write `personal: true` beside it"
    return f"is no CEL: {place.replace(' (in container )', '')}"


class ActionState(StrEnum):
    ASKED = "asked"
    """It is being called, and perhaps was."""
    PASSED = "passed"
    HELD = "held"
    CANCELS = "cancels"
    WAIVED = "waived"
    """A person let the order go on without it, or it failed and may."""

    @property
    def lets_go_on(self) -> bool:
        return self in (ActionState.PASSED, ActionState.WAIVED)


class ActionRun(Frozen):
    """One action for one decision about an order. Another attempt only after it answered, and a person asked."""

    key: OrderKey
    action: str
    when: str
    decision: str
    attempt: int = 1
    state: ActionState = ActionState.ASKED
    text: str = ""
    answer: dict[str, JsonValue] = Field(default_factory=dict)
    """The declared fields of what it answered, where it was asked to decide."""

    @property
    def idempotency_key(self) -> str:
        return f"{self.key}:{self.action}:{self.when}:{self.decision}:{self.attempt}"


class ActionBook(Protocol):
    """What was called, so that nothing is called twice."""

    def begin(self, run: ActionRun) -> ActionRun:
        """The run as it is recorded, made where there is none; a later attempt than asked for counts."""

    def settle(self, run: ActionRun) -> None:
        """Record how it came out."""

    def decision(self, key: OrderKey, decided_at: Utc) -> Decision:
        """The decision that it belongs to. Raises OrderUnknown where there is none."""

    def answers(self, key: OrderKey) -> dict[str, dict[str, JsonValue]]:
        """By action what it answered before the order was decided. One that was let go without an answer is empty."""


class ActionService(Protocol):
    """Calls one action's service."""

    @property
    def wants_personal(self) -> bool: ...

    def call(self, idempotency_key: str, given: Mapping[str, Any]) -> Any:
        """Its JSON answer, None where it is no JSON. Safe to repeat under the same key.

        Raises Rejected where the service refuses, Unavailable, Throttled or AccessDenied where asking again may help.
        """


def what_it_may_read(decision: Decision, name: str) -> dict[str, Any]:
    """The variables `order`, `decision` and `answers`, free of personal data. An unknown fact is absent."""
    facts = {name.removeprefix("order."): value for name, value in decision.facts.items() if name.startswith("order.")}
    order = facts | {"key": str(decision.key), "id": decision.key.order_id, "name": name}
    cost = float(decision.cost.amount) if decision.cost else None
    arrives = decision.arrives_on.isoformat() if decision.arrives_on else None
    made = {"rule": decision.rule, "nodes": list(decision.nodes), "sentence": decision.sentence}
    answers = decision.inputs.answers if decision.inputs else {}
    return {"order": order, "decision": made | {"cost": cost, "arrives_on": arrives}, "answers": answers}


def judge(act: RuleAction, answer: Any, given: Mapping[str, Any]) -> tuple[ActionState, str]:
    """What the answer means for the order, and why. Raises ValueError where a branch does not fit the answer."""
    for state, branch in ((ActionState.CANCELS, act.cancel_if), (ActionState.HELD, act.hold_if)):
        if branch is None:
            continue
        bound = {**given, "answer": answer}
        result = compiled(branch, answer=True).eval(_environment(personal=False, answer=True).Activation(bound))
        if result.type() != cel.Type.BOOL:
            raise ValueError(f"`{branch}` gives no yes or no on what it answered")
        if result.value():
            return state, f"{act.action} answered so that `{branch}`"
    return ActionState.PASSED, f"{act.action} was called"


def wrong_branches(acts: Sequence[RuleAction]) -> Iterator[tuple[int, str, str]]:
    """Position, field and what is wrong, of every branch that is no yes or no over the answer."""
    for position, act in enumerate(acts):
        for field in ("hold_if", "cancel_if"):
            branch = getattr(act, field)
            try:
                kind = compiled(branch, answer=True).return_type() if branch else cel.Type.BOOL
            except ValueError as wrong:
                yield position, field, str(wrong)
            else:
                if kind not in (cel.Type.BOOL, cel.Type.DYN):
                    yield position, field, f"is a {kind.name()}; it must be true or false, e.g. answer.risk > 0.8"


def evaluate(body: Any, *, settings: Mapping[str, str], personal: bool, given: Mapping[str, Any]) -> Any:
    """The JSON of a compiled body. Raises ValueError, without CEL's own words: they may quote what is personal."""
    result = body.eval(_environment(personal=personal, answer=False).Activation({**given, "settings": dict(settings)}))
    if result.type() in (cel.Type.ERROR, cel.Type.UNKNOWN):
        raise ValueError("does not fit what it was given")
    return result.plain_value()
