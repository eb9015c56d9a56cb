"""The shape of a condition, as far as it can be told from its text: what it asks together, and of which fact.

CEL decides what is true; this only reads conditions back to people and finds the ones that cannot be meant. What it
does not understand it leaves alone.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from orderloom.domain.rules import without_strings

FACT = r'(?:order\.\w+(?:\["[^"\\]*"\])?|answers\.\w+\.\w+)'
_TEXT_OR_NUMBER = r'"[^"\\]*"|-?\d+(?:\.\d+)?'
_SIGN = r"==|!=|<=|>=|<|>"
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_OPEN, _CLOSED = "([{", ")]}"


@dataclass(frozen=True)
class Comparison:
    """One fact beside one constant."""

    fact: str
    sign: str
    value: Any


def parts(condition: str, sign: str) -> list[str]:
    """The condition cut at `&&` or `||` outside of brackets and texts; outer brackets are taken off."""
    text = _bare(condition)
    words, depth, start, found = without_strings(text), 0, 0, []
    for i, letter in enumerate(words):
        depth += (letter in _OPEN) - (letter in _CLOSED)
        if depth == 0 and words.startswith(sign, i) and i >= start:
            found.append(text[start:i].strip())
            start = i + len(sign)
    return [*found, text[start:].strip()]


def all_of(condition: str) -> list[str]:
    """What must hold together; one element where the condition is no conjunction at its top."""
    if len(parts(condition, "||")) > 1 or "?" in without_strings(condition):
        return [_bare(condition)]
    found = parts(condition, "&&")
    return [found[0]] if len(found) == 1 else [inner for part in found for inner in all_of(part)]


def comparison(atom: str, of: str = rf"{FACT}|now") -> Comparison | None:
    """`of` is a pattern of what may be compared."""
    text = _bare(atom)
    compared, flipped, yes_no = _shapes(of)
    if found := compared.match(text):
        return Comparison(found[1], found[2], _constant(found[3]))
    if found := flipped.match(text):
        return Comparison(found[3], _TURNED[found[2]], _constant(found[1]))
    if found := yes_no.match(text):
        return Comparison(found[2], "==", not found[1])
    return None


@cache
def _shapes(of: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(rf"^({of})\s*({_SIGN})\s*({_TEXT_OR_NUMBER}|true|false)$"),
        re.compile(rf"^({_TEXT_OR_NUMBER})\s*({_SIGN})\s*({of})$"),
        re.compile(rf"^(!?)\s*({of})$"),
    )


def contradiction(condition: str) -> tuple[str, str] | None:
    """Two parts of a conjunction that no order meets together."""
    atoms = [(atom, asked) for atom in all_of(condition) if (asked := comparison(atom))]
    for i, (later, asked) in enumerate(atoms):
        for earlier, other in atoms[:i]:
            if other.fact == asked.fact and _exclude(other, asked):
                return earlier, later
    return None


def implies(condition: str, weaker: str) -> bool:
    """Whether every order that meets the condition is known to meet the weaker one."""
    mine = all_of(condition)
    return all(any(_atom_implies(atom, asked) for atom in mine) for asked in all_of(weaker))


def column_of(condition: str, atom: str) -> int:
    return max(condition.find(atom), 0) + 1


def _bare(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and _closes_at(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes_at(text: str) -> int:
    depth = 0
    for i, letter in enumerate(without_strings(text)):
        depth += (letter in _OPEN) - (letter in _CLOSED)
        if depth == 0:
            return i
    return -1


def _constant(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return text[1:-1] if text.startswith('"') else float(text)


def _exclude(one: Comparison, other: Comparison) -> bool:
    """Whether no value meets both. Texts are only compared for being equal."""
    values = [c.value for c in (one, other) if c.sign == "=="]
    if values:
        return any(not _holds(value, asked) for value in values for asked in (one, other))
    if not all(isinstance(c.value, float) for c in (one, other)):
        return False
    lows = [c for c in (one, other) if c.sign in (">", ">=")]
    highs = [c for c in (one, other) if c.sign in ("<", "<=")]
    if len(lows) != 1 or len(highs) != 1:
        return False
    low, high = lows[0], highs[0]
    return bool(low.value > high.value or (low.value == high.value and (low.sign, high.sign) != (">=", "<=")))


def _holds(value: Any, asked: Comparison) -> bool:
    if asked.sign in ("==", "!="):
        return bool((value == asked.value) == (asked.sign == "=="))
    if not isinstance(value, float) or not isinstance(asked.value, float):
        return True
    return {"<": value < asked.value, "<=": value <= asked.value, ">": value > asked.value}.get(
        asked.sign, value >= asked.value
    )


def _atom_implies(atom: str, weaker: str) -> bool:
    if atom == weaker or weaker == "true":
        return True
    one, other = comparison(atom), comparison(weaker)
    if one is None or other is None or one.fact != other.fact:
        return False
    if one.sign == "==":
        return type(one.value) is type(other.value) and _holds(one.value, other)
    upper = one.sign in ("<", "<=") and other.sign in ("<", "<=")
    lower = one.sign in (">", ">=") and other.sign in (">", ">=")
    if not isinstance(one.value, float) or not isinstance(other.value, float) or not (upper or lower):
        return False
    if one.value == other.value:
        return one.sign == other.sign or other.sign in ("<=", ">=")
    return one.value < other.value if upper else one.value > other.value
