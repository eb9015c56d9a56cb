"""Routing conditions: CEL, compiled and type-checked once, evaluated with unknown facts left unbound.

CEL's own logic does the rest: `a || b` is true where one side is true and the other unknown; where the result hangs
on an unknown fact there is no result, so the rule does not match and says which fact it missed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from cel_expr_python import cel

from orderloom.domain.answers import AnswerType, Declared, names_of
from orderloom.domain.cel_words import fault_in_words
from orderloom.domain.decisions import RuleVerdict
from orderloom.domain.errors import RuleInvalid
from orderloom.domain.facts import FACTS, FactType
from orderloom.domain.line_facts import LINE_FIELDS
from orderloom.domain.rulebook import Rule

_CEL_TYPES = {
    FactType.TEXT: cel.Type.STRING,
    FactType.TEXTS: cel.Type.List(cel.Type.STRING),
    FactType.NUMBER: cel.Type.DOUBLE,
    FactType.COUNT: cel.Type.INT,
    FactType.YES_NO: cel.Type.BOOL,
    FactType.MOMENT: cel.Type.TIMESTAMP,
    FactType.NUMBERS: cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
    FactType.NAMES: cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    FactType.LINES: cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
}
_ANSWER_TYPES = {"double": cel.Type.DOUBLE, "int": cel.Type.INT, "bool": cel.Type.BOOL}
_NAMES = tuple(fact.name for fact in FACTS)
_WHERE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '([\w.]+)'")
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_OVER_LINES = re.compile(r"(?<![\w.])order\.lines\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,")
_CEL_WORDS = (
    "true false null in as break const continue else for function if import let loop package namespace return var void "
    "while bool bytes double duration dyn int list map string timestamp type uint has size all exists exists_one filter"
).split()
BATCH = 25
"""Conditions that are evaluated in one call: a call costs about as much as ten conditions."""
MOST_BATCHES = 512
"""Compiled and kept: each batch once for every set of unknown facts that is met. Beyond, rules are asked one by one."""
MOST_HANGING = 4_096
"""Verdicts that are kept of rules that hang on unknown facts: one for each rule and set of such facts."""
_Batch = tuple[tuple[int, ...], Any]
"""The positions of the rules asked together, and their conditions as one list; None where they are asked alone."""


class Conditions:
    """The conditions of all rules over one set of facts and named sets. Safe to share between threads.

    Raises RuleInvalid, naming the column, for a condition that is no well-typed yes or no.
    """

    def __init__(
        self, rules: Sequence[Rule], sets: Mapping[str, Sequence[str]], answers: Declared | None = None
    ) -> None:
        said = names_of(answers or {})
        self._names = (*_NAMES, *said)
        variables = {fact.name: _CEL_TYPES[fact.type] for fact in FACTS}
        variables |= {name: _answer_type(kind) for name, kind in said.items()}
        variables |= dict.fromkeys(sets, cel.Type.List(cel.Type.STRING))
        self._env = cel.NewEnv(variables=variables)
        self._sets = {name: list(members) for name, members in sets.items()}
        self._rules = rules
        self._compiled = [self._compile(rule) for rule in rules]
        self._reads_in_order = [facts_read(rule.when, self._names) for rule in rules]
        self._reads = [frozenset(names) for names in self._reads_in_order]
        yes_no = (False, True)
        # Verdicts say nothing of an order where all facts are known, so each is made once.
        self._verdicts = [{a: RuleVerdict(rule=rule.name, matched=a) for a in yes_no} for rule in rules]
        self._hanging: dict[tuple[int, tuple[str, ...]], RuleVerdict] = {}
        starts = range(0, len(rules), BATCH)
        self._reads_together = {start: frozenset().union(*self._reads[start : start + BATCH]) for start in starts}
        self._batches: dict[tuple[int, frozenset[str]], _Batch] = {}

    def judge(self, facts: Mapping[str, Any]) -> Iterator[tuple[int, RuleVerdict]]:
        """What each rule says, with its position, in order. `matched` is None where an unknown fact decides."""
        bound = self._env.Activation({**self._sets, **facts})
        for start in range(0, len(self._rules), BATCH):
            positions = range(start, min(start + BATCH, len(self._rules)))
            together = self._ask_together(positions, bound, facts)
            for position in positions:
                if position in together:
                    yield position, self._verdicts[position][together[position]]
                else:
                    yield position, self._ask_alone(position, bound, facts)

    def _ask_together(self, positions: range, bound: cel.Activation, facts: Mapping[str, Any]) -> dict[int, bool]:
        """Answers of the conditions whose facts are all known; none where one of them fails for another reason."""
        unknown = self._reads_together[positions.start].difference(facts)
        batch = self._batches.get((positions.start, unknown))
        if batch is None:
            batch = self._batch(positions, unknown)
            if len(self._batches) < MOST_BATCHES:
                self._batches[(positions.start, unknown)] = batch
        known, condition = batch
        result = condition.eval(bound) if condition else None
        if result is None or result.type() == cel.Type.ERROR:
            return {}
        return dict(zip(known, result.plain_value(), strict=True))

    def _batch(self, positions: range, unknown: frozenset[str]) -> _Batch:
        known = tuple(p for p in positions if not self._reads[p] & unknown)
        if len(known) < 2 or len(self._batches) >= MOST_BATCHES:
            return known, None
        try:
            return known, self._env.compile("[" + ", ".join(f"({self._rules[p].when}\n)" for p in known) + "]")
        except RuntimeError:
            # One of them is as deep as the parser allows, and a list is a level more.
            return known, None

    def _ask_alone(self, position: int, bound: cel.Activation, facts: Mapping[str, Any]) -> RuleVerdict:
        name, result = self._rules[position].name, self._compiled[position].eval(bound)
        if result.type() == cel.Type.BOOL:
            return self._verdicts[position][bool(result.value())]
        missing = tuple(fact for fact in self._reads_in_order[position] if fact not in facts)
        if not missing:
            return RuleVerdict(rule=name, matched=None, error=str(result.value()))
        known = self._hanging.get((position, missing))
        if known is None:
            known = RuleVerdict(rule=name, matched=None, missing=missing)
            if len(self._hanging) < MOST_HANGING:
                self._hanging[(position, missing)] = known
        return known

    def _compile(self, rule: Rule) -> Any:
        try:
            condition = self._env.compile(rule.when)
        except RuntimeError as wrong:
            raise _explain(rule, str(wrong), [*self._names, *self._sets]) from None
        if condition.return_type() != cel.Type.BOOL:
            kind = condition.return_type().name()
            raise RuleInvalid(rule.name, 1, f"the condition is a {kind}; it must be true or false", rule.when)
        for column, field in _line_fields(rule.when):
            if field not in LINE_FIELDS:
                known = ", ".join(LINE_FIELDS)
                raise RuleInvalid(rule.name, column, f"a line has no field {field!r}; it has {known}", rule.when)
        return condition


def _answer_type(kind: AnswerType) -> Any:
    return _ANSWER_TYPES[kind] if isinstance(kind, str) else cel.Type.STRING


def without_strings(condition: str) -> str:
    """The condition with every quoted text blanked out, its columns unchanged."""
    return _STRING.sub(lambda found: '"' + " " * (len(found[0]) - 2) + '"', condition)


def subscripts(condition: str, facts: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Every constant key that the condition asks of these facts: the fact, the key's column, the key."""
    words = without_strings(condition)
    for fact in facts:
        for found in re.finditer(rf"(?<![\w.]){re.escape(fact)}\s*\[\s*(\"\s*\")\s*\]", words):
            yield fact, found.start(1) + 1, condition[found.start(1) + 1 : found.end(1) - 1]


def condition_names_taken() -> frozenset[str]:
    """Names that a set must not have, since a condition would read them as something else."""
    return frozenset({*_CEL_WORDS, "answers", *(name.split(".")[0] for name in _NAMES)})


def facts_read(condition: str, names: Sequence[str] = _NAMES) -> tuple[str, ...]:
    words = without_strings(condition)
    return tuple(name for name in names if re.search(rf"(?<![\w.]){re.escape(name)}\b", words))


def _line_fields(condition: str) -> Iterator[tuple[int, str]]:
    """Column and name of every field asked of a line, e.g. `sku` in `order.lines.exists(l, l.sku == "A")`."""
    words = without_strings(condition)
    for macro in _OVER_LINES.finditer(words):
        for use in re.finditer(rf"(?<![\w.]){macro[1]}\.(\w+)", words[macro.end() :]):
            yield macro.end() + use.start(1) + 1, use[1]


def _explain(rule: Rule, message: str, names: Sequence[str]) -> RuleInvalid:
    found = _WHERE.search(message)
    if found is None:
        return RuleInvalid(rule.name, None, message.splitlines()[0], rule.when)
    why = fault_in_words(found[3].replace(" (in container '')", ""))
    if "'(double, int)'" in why or "'(int, double)'" in why:
        why += "; write a number with a point, e.g. 5.0, beside a fact of type double"
    if unknown := _UNKNOWN.search(why):
        meant = get_close_matches(unknown[1], names, n=1)
        why = f"there is no fact or set {unknown[1]!r} ({unknown[0]})"
        why += f"; did you mean {meant[0]}?" if meant else "; docs/rules.md lists the facts"
    return RuleInvalid(rule.name, _column(rule.when, int(found[1]), int(found[2])), why, rule.when)


def _column(condition: str, line: int, column: int) -> int:
    """A condition over several lines is quoted as one text, and its columns count through."""
    return sum(len(before) for before in condition.splitlines(keepends=True)[: line - 1]) + column
