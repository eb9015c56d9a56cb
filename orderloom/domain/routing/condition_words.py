"""A condition read back as a merchant would say it. What it does not know how to say stays as it was written."""

import re
from collections.abc import Callable

from orderloom.domain.answers import action_of
from orderloom.domain.routing.conditions import FACT, Comparison, comparison, parts
from orderloom.domain.rules import without_strings

_SIGNS = {"==": "is", "!=": "is not", "<": "is under", "<=": "is at most", ">": "is over", ">=": "is at least"}
_TIMES = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
_ITEM = r"item(?:\.\w+)?"
"""One element of a list, once its name in the condition was replaced."""
_WORD = rf"(?:{FACT}|{_ITEM}|now)"
_CONTAINS = re.compile(rf'^"([^"\\]*)" in ({_WORD})$')
_ONE_OF = re.compile(rf"^({_WORD}) in (\w+|\[[^\]]*\])$")
_CALLS = re.compile(rf'^({_WORD})\.(startsWith|endsWith|contains|matches)\("([^"\\]*)"\)$')
_CALLED = {
    "startsWith": "starts with",
    "endsWith": "ends with",
    "contains": "contains",
    "matches": "matches the pattern",
}
_KNOWN = re.compile(r"^has\((item\.\w+)\)$")
_SIZE = re.compile(r"^(?:size\((order\.\w+)\)|(order\.\w+)\.size\(\)) (==|!=|<=|>=|<|>) (\d+)$")
_MOMENT = re.compile(rf'^({_WORD}) (<=|>=|<|>) (?:now ([+-]) duration\("(\w+)"\)|timestamp\("([^"]+)"\)|now)$')
_EACH = re.compile(r"^(!?)(order\.\w+)\.(exists|all)\((\w+), ?(.+)\)$", re.DOTALL)
_YES_NO = {"order.is_gift": "a gift", "order.is_business": "bought by a business"}
_UNITS = {"_lb": " in pounds", "_kg": " in kilograms", "_km": " in kilometres", "_base": " in the base currency"}
_NAMED = {
    "ship_by": "ship-by time",
    "deliver_by": "deliver-by time",
    "placed_at": "time of purchase",
    "skus": "SKUs",
}
_ONE = {"lines": "line", "skus": "SKU", "categories": "category", "tags": "tag", "programs": "program"}


def condition_in_words(condition: str) -> str:
    for sign, word in (("||", " or "), ("&&", " and ")):
        cut = parts(condition, sign)
        if len(cut) > 1:
            said = [condition_in_words(part) for part in cut]
            inner = "||" if sign == "&&" else "&&"
            grouped = (f"({s})" if len(parts(part, inner)) > 1 else s for part, s in zip(cut, said, strict=True))
            return word.join(grouped)
    atom = parts(condition, "&&")[0]
    said_so = (say(atom) for say in _WAYS)
    return next((words for words in said_so if words), f"`{atom}`")


def _compared(atom: str) -> str | None:
    asked = comparison(atom, _WORD)
    if asked is None:
        return None
    if isinstance(asked.value, bool):
        return _yes_no(asked)
    value = f"{asked.value:g}" if isinstance(asked.value, float) else asked.value
    return f"{_fact(asked.fact)} {_SIGNS[asked.sign]} {value}"


def _yes_no(asked: Comparison) -> str:
    yes = asked.value == (asked.sign == "==")
    if action_of(asked.fact):
        return f"{_fact(asked.fact)} is {'true' if yes else 'false'}"
    no = "" if yes else "not "
    if asked.fact.startswith("item."):
        return f"that is {no}{asked.fact.removeprefix('item.').replace('_', ' ')}"
    return f"they are {no}{_YES_NO.get(asked.fact) or _fact(asked.fact).removeprefix('their ')}"


def _listed(atom: str) -> str | None:
    if found := _CONTAINS.match(atom):
        return f"{_fact(found[2])} include {found[1]}"
    if found := _ONE_OF.match(atom):
        members = found[2].strip("[]").replace('"', "")
        return f"{_fact(found[1])} is one of {members.replace('_', ' ') if found[2][0] != '[' else members}"
    return None


def _spelt(atom: str) -> str | None:
    if found := _CALLS.match(atom):
        return f"{_fact(found[1])} {_CALLED[found[2]]} {found[3]}"
    if found := _KNOWN.match(atom):
        return f"{_fact(found[1])} is known"
    if found := _SIZE.match(atom):
        return f"the number of {_fact(found[1] or found[2])} {_SIGNS[found[3]]} {found[4]}"
    return None


def _timed(atom: str) -> str | None:
    found = _MOMENT.match(atom)
    if found is None:
        return None
    sign, span, moment = found[3], found[4], found[5]
    when = moment or (f"{span} {'from now' if sign == '+' else 'ago'}" if span else "now")
    return f"{_fact(found[1])} {_TIMES[found[2]]} {when}"


def _each(atom: str) -> str | None:
    """`exists` and `all` over a list: an element is called by what it is of, its fields are its own."""
    found = _EACH.match(atom)
    if found is None:
        return None
    one = _ONE.get(found[2].removeprefix("order."))
    inner = condition_in_words(_with_item(found[5], found[4]))
    if one is None or "`" in inner or "their " in inner or "they " in inner:
        return None
    if found[3] == "all":
        said = f"each of {_fact(found[2])} is one {inner}"
        return f"it is not so that {said}" if found[1] else said
    return f"they have {'no' if found[1] else 'a'} {one} {inner}"


def _denied(atom: str) -> str | None:
    if not atom.startswith("!("):
        return None
    inner = condition_in_words(atom[1:])
    return None if "`" in inner else f"it is not so that {inner}"


_WAYS: tuple[Callable[[str], str | None], ...] = (_compared, _listed, _spelt, _timed, _each, _denied)


def _with_item(condition: str, variable: str) -> str:
    """The same condition with `item` for the name that it gives an element."""
    words = without_strings(condition)
    places = [use.span() for use in re.finditer(rf"(?<![\w.]){variable}(?!\w)", words)]
    for start, end in reversed(places):
        condition = f"{condition[:start]}item{condition[end:]}"
    return condition


def _fact(name: str) -> str:
    if action := action_of(name):
        return f"the {name.split('.')[-1].replace('_', ' ')} that {action} answers"
    if name in ("now", "item"):
        return {"now": "the present time", "item": "that"}[name]
    owner = "whose" if name.startswith("item.") else "their"
    words, _, node = name.partition(".")[2].partition("[")
    place = f" from {node[1:-2]}" if node else ""
    for ending, unit in _UNITS.items():
        if words.endswith(ending):
            return f"{owner} {words.removesuffix(ending).replace('_', ' ')}{place}{unit}"
    return f"{owner} {_NAMED.get(words) or words.removeprefix('is_').replace('_', ' ')}{place}"
