"""Routing conditions: CEL, compiled and type-checked once, evaluated with unknown facts left unbound.

CEL's own logic does the rest: `a || b` is true where one side is true and the other unknown; where the result hangs
on an unknown fact there is no result, so the rule does not match and says which fact it missed.
"""

import re
from collections.abc import Mapping
from typing import Any

from cel_expr_python import cel

from orderloom.domain.decisions import RuleVerdict
from orderloom.domain.errors import RuleInvalid
from orderloom.domain.facts import FACTS, FactType
from orderloom.domain.merchant import Rule

_CEL_TYPES = {
    FactType.TEXT: cel.Type.STRING,
    FactType.TEXTS: cel.Type.List(cel.Type.STRING),
    FactType.NUMBER: cel.Type.DOUBLE,
    FactType.COUNT: cel.Type.INT,
    FactType.YES_NO: cel.Type.BOOL,
    FactType.MOMENT: cel.Type.TIMESTAMP,
}
_ENV = cel.NewEnv(variables={fact.name: _CEL_TYPES[fact.type] for fact in FACTS})
_WHERE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")


def bind(facts: Mapping[str, Any]) -> cel.Activation:
    """Facts ready for any number of rules."""
    return _ENV.Activation(dict(facts))


class CompiledRule:
    """One rule whose condition is known to be a well-typed yes or no."""

    def __init__(self, rule: Rule) -> None:
        """Raises RuleInvalid, naming the column."""
        self.rule = rule
        try:
            self._condition = _ENV.compile(rule.when)
        except RuntimeError as wrong:
            raise _explain(rule, str(wrong)) from None
        if self._condition.return_type() != cel.Type.BOOL:
            kind = self._condition.return_type().name()
            raise RuleInvalid(rule.name, 1, f"the condition is a {kind}; it must be true or false", rule.when)
        words = _STRING.sub("", rule.when)
        self._reads = tuple(fact.name for fact in FACTS if re.search(rf"(?<![\w.]){re.escape(fact.name)}\b", words))

    def judge(self, bound: cel.Activation, facts: Mapping[str, Any]) -> RuleVerdict:
        """Whether the rule matches; `matched` is None where an unknown fact decides."""
        result = self._condition.eval(bound)
        if result.type() == cel.Type.BOOL:
            return RuleVerdict(rule=self.rule.name, matched=bool(result.value()))
        missing = tuple(name for name in self._reads if name not in facts)
        error = "" if missing else str(result.value())
        return RuleVerdict(rule=self.rule.name, matched=None, missing=missing, error=error)


def _explain(rule: Rule, message: str) -> RuleInvalid:
    found = _WHERE.search(message)
    if found is None:
        return RuleInvalid(rule.name, None, message.splitlines()[0], rule.when)
    why = found[3].replace(" (in container '')", "")
    if "'(double, int)'" in why or "'(int, double)'" in why:
        why += "; write a number with a point, e.g. 5.0, beside a fact of type double"
    return RuleInvalid(rule.name, int(found[2]), why, rule.when)
