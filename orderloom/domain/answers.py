"""What an action's service may answer before an order is decided, so that conditions can read it by name and type.

Only declared fields are kept, and none of them can hold free text: an answer is a number, a yes or no, or one of the
words that the merchant lists. So nothing of the buyer gets into a recorded decision by way of a service.
"""

import re
from collections.abc import Iterator, Mapping
from sys import float_info
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, JsonValue, StringConstraints

from orderloom.domain.rulebook import ActionTime, OnFailure, RuleAction

TO_DECIDE = "to_decide"
"""Stands where a run names its decision: it was asked before there was one, once for the order."""
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
LONGEST_WORD = 40
MOST_INT = 2**63 - 1


def _is_type(kind: Any) -> Any:
    is_words = isinstance(kind, list | tuple) and kind and all(isinstance(w, str) and len(w) > 0 for w in kind)
    if kind in ("double", "int", "bool") or (is_words and max(map(len, kind)) <= LONGEST_WORD):
        return kind
    raise ValueError("must be `double`, `int`, `bool`, or the list of words that it may be, e.g. `[approve, review]`")


AnswerType = Annotated[Literal["double", "int", "bool"] | tuple[str, ...], BeforeValidator(_is_type)]
AnswerFields = dict[FieldName, AnswerType]
"""By field of the JSON answer its type; a list is a text that is one of these words."""
Declared = Mapping[str, Mapping[str, AnswerType]]
"""By action what its service may answer."""
Answers = Mapping[str, Mapping[str, JsonValue]]
"""By action what it answered. An action without a field was asked and gave none that fits."""

_READ = re.compile(r"(?<![\w.])answers\.(\w+)(?:\.(\w+))?")


def read_answer(fields: Mapping[str, AnswerType], answer: Any) -> dict[str, JsonValue]:
    """The declared fields that the JSON answer has in their type; what does not fit is unknown."""
    given = answer if isinstance(answer, Mapping) else {}
    fitting = ((name, _fitting(kind, given.get(name))) for name, kind in fields.items())
    return {name: value for name, value in fitting if value is not None}


def _fitting(kind: AnswerType, value: Any) -> JsonValue:
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if kind == "double":
        return float(value) if isinstance(value, int | float) and abs(value) <= float_info.max else None
    if kind == "int":
        return value if isinstance(value, int) and abs(value) <= MOST_INT else None
    return value if isinstance(value, str) and value in kind else None


def names_of(declared: Declared) -> dict[str, AnswerType]:
    """Every name that a condition may read, e.g. `answers.fraud_check.risk`."""
    return {f"answers.{action}.{name}": kind for action, fields in declared.items() for name, kind in fields.items()}


def known(declared: Declared, answers: Answers) -> dict[str, JsonValue]:
    """What is known by name, as facts are."""
    names = names_of(declared)
    found = {f"answers.{action}.{name}": value for action, fields in answers.items() for name, value in fields.items()}
    return {name: value for name, value in found.items() if name in names}


def action_of(name: str) -> str | None:
    """The action whose answer a condition reads by this name; None where it is a fact of the order."""
    found = _READ.fullmatch(name)
    return found[1] if found else None


def reads(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Column, action and field of each answer that CEL asks for; its quoted texts must be blanked out."""
    for use in _READ.finditer(text):
        yield use.start() + 1, use[1], use[2]


def inquiry(action: str) -> RuleAction:
    """The call that gets the answer. Its answer counts, so an order whose service fails is held."""
    return RuleAction(action=action, when=ActionTime.BEFORE, on_failure=OnFailure.HOLD)
