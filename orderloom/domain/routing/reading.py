"""A rule read back as a plain sentence, for those who did not write it."""

from collections.abc import Mapping, Sequence

from orderloom.domain.routing.condition_words import condition_in_words
from orderloom.domain.rulebook import Backorder, Choose, Hazmat, Otherwise, Require, Rule, ServiceChoice

_CHOSEN = {
    Choose.CHEAPEST: "the cheapest of ",
    Choose.NEAREST: "the nearest of ",
    Choose.BALANCED: "the least busy of ",
    Choose.FEWEST_SHIPMENTS: "the fewest of ",
}
_ENDS = {
    Otherwise.NEXT_RULE: "the next rule is asked",
    Otherwise.HOLD: "the order is held",
    Otherwise.CANCEL: "the order is cancelled",
}


def as_sentence(rule: Rule, names: Mapping[str, str]) -> str:
    """`names` are what people call the nodes; a group goes by its own name."""
    said = (
        f"{_orders(rule.when)} go from {_targets(rule, names)}{_limits(rule)}; {_otherwise(rule, names)}.{_then(rule)}"
    )
    for account in rule.accounts:
        own = rule.for_account(account)
        said += f" For {account}: from {_targets(own, names)}{_limits(own)}; {_otherwise(own, names)}."
    return said[0].upper() + said[1:]


def _orders(when: str) -> str:
    return "all orders" if when.strip() == "true" else f"orders where {condition_in_words(when)}"


def _targets(rule: Rule, names: Mapping[str, str]) -> str:
    said = [names.get(target, f"the group {target}") for target in rule.send_to]
    if len(said) == 1:
        return (_CHOSEN.get(rule.choose, "") if rule.send_to[0] not in names else "") + said[0]
    if rule.choose is Choose.FIRST:
        return ", else ".join(said)
    return _CHOSEN[rule.choose] + _and(said)


def _limits(rule: Rule) -> str:
    said = " by the fastest service" if rule.service is ServiceChoice.FASTEST else ""
    fences = list(_fences(rule.require))
    if fences:
        said += f", only where {_and(fences)}"
    if rule.split.up_to == 1:
        said += ", in one shipment"
    elif rule.split.up_to:
        said += f", in at most {rule.split.up_to} shipments"
    if rule.split.above is not None:
        said += f", split only from a value of {rule.split.above}"
    return said


def _fences(require: Require) -> list[str]:
    said = {
        "it leaves today": require.leaves_today,
        "it leaves by its ship-by time": require.leaves_by_ship_by,
        "it arrives by its deliver-by day": require.arrives_by_deliver_by,
        f"it goes to {' or '.join(require.countries)}": require.countries,
        "it has no hazmat": require.hazmat is Hazmat.NEVER,
        "hazmat does not fly": require.hazmat is Hazmat.GROUND_ONLY,
        f"a shipment weighs at most {require.max_weight_kg} kg": require.max_weight_kg,
        f"it goes at most {require.max_distance_km} km": require.max_distance_km,
        f"shipping costs at most {require.max_cost}": require.max_cost is not None,
        f"it leaves a margin of at least {require.min_margin}": require.min_margin is not None,
        f"the service is {' or '.join(require.services)}": require.services,
    }
    return [words for words, applies in said.items() if applies]


def _otherwise(rule: Rule, names: Mapping[str, str]) -> str:
    cannot = "it cannot" if len(rule.send_to) == 1 and rule.send_to[0] in names else "none of them can"
    if isinstance(rule.otherwise, Backorder):
        until = "its ship-by time" if rule.otherwise.backorder_until == "ship_by" else rule.otherwise.backorder_until
        then = f"the order waits for stock until {until}, then {_ENDS[rule.otherwise.after]}"
    else:
        then = _ENDS[rule.otherwise]
    return f"where {cannot} ship, {then}"


def _then(rule: Rule) -> str:
    """What else is done, a sentence each."""
    said = ""
    for act in rule.then:
        stops = [f"cancels the order if `{act.cancel_if}`"] if act.cancel_if else []
        stops += [f"holds it if `{act.hold_if}`"] if act.hold_if else []
        said += f" {act.action} is called {act.when.replace('_', ' ')}{' and ' if stops else ''}{_and(stops)}."
    return said


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
