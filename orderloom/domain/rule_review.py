"""What is wrong with rules that no single field can tell: names that lead nowhere, and conditions that nobody meets.

A place is a path of keys and positions in the configuration; whoever read the file turns it into a line.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from orderloom.domain.actions import compiled, wrong_branches
from orderloom.domain.answers import names_of, reads
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.nodes import ShippingSpeed
from orderloom.domain.routing.conditions import all_of, column_of, comparison, contradiction, implies
from orderloom.domain.rulebook import Backorder, Otherwise, OtherwiseOrWait, Override, Rule
from orderloom.domain.rules import condition_names_taken, subscripts, without_strings

Place = tuple[str | int, ...]


class Finding(NamedTuple):
    """What is wrong and where. In a condition, `column` counts from 1."""

    place: Place
    why: str
    column: int | None = None
    condition: str | None = None


_OF_ANSWER = re.compile(r"(?<![\w.])answer\.(\w+)")
BY_NODE = ("order.distance_km", "order.zone")


def contradictions(config: MerchantConfig) -> Iterator[Finding]:
    """Everything that makes the rules unusable, in the order of the file's sections."""
    nodes = {node.node for node in config.nodes}
    yield from _wrong_groups(config, nodes)
    yield from _wrong_sets(config)
    yield from _wrong_bodies(config)
    for i, rule in enumerate(config.rules):
        place: Place = ("rules", i)
        targets = nodes | config.node_groups.keys()
        yield from _unknown_targets((*place, "send_to"), rule.send_to, targets)
        yield from _unknown_services((*place, "require", "services"), rule, config)
        yield from _unknown_subscripts((*place, "when"), rule, nodes)
        yield from _wrong_actions((*place, "then"), rule, config)
        for account, own in rule.accounts.items():
            yield from _wrong_override((*place, "accounts", account), account, own, config, targets)


def doubts(config: MerchantConfig) -> Iterator[Finding]:
    """Rules that compile and cannot be meant: one that no order meets, or that an earlier rule leaves no order to.

    Found from the text of the conditions, so some are missed and none is wrongly named.
    """
    accounts = {account.account for account in config.accounts}
    said = names_of({name: action.answers for name, action in config.actions.items()})
    words = {name: set(kind) for name, kind in said.items() if not isinstance(kind, str)}
    for i, rule in enumerate(config.rules):
        place: Place = ("rules", i, "when")
        never = next(_never(place, rule, accounts, words), None)
        before = next((other for other in config.rules[:i] if _takes_all(other, rule)), None)
        if never:
            yield never
        elif before:
            yield Finding(place, f"no order reaches it: the rule {before.name!r} above ends all that it matches")


def _never(place: Place, rule: Rule, accounts: set[str], words: Mapping[str, set[str]]) -> Iterator[Finding]:
    if rule.when.strip() == "false":
        yield Finding(place, "never matches: it is `false`")
    if found := contradiction(rule.when):
        why = f"never matches: `{found[0]}` and `{found[1]}` exclude each other"
        yield Finding(place, why, column_of(rule.when, found[1]), rule.when)
    known = {"order.channel": {channel.value for channel in Channel}, "order.account": accounts, **words}
    for atom in all_of(rule.when):
        asked = comparison(atom)
        if asked and asked.sign == "==" and asked.fact in known and asked.value not in known[asked.fact]:
            why = f"never matches: {asked.fact} is one of {_listed(known[asked.fact])}"
            yield Finding(place, why, column_of(rule.when, atom), rule.when)


def _takes_all(earlier: Rule, later: Rule) -> bool:
    """Whether the earlier rule ends the asking for all orders of the later one, whoever can ship them."""
    accounts = (earlier, *(earlier.for_account(account) for account in earlier.accounts))
    ends = all(_ends(own.otherwise) for own in accounts)
    return ends and implies(later.when, earlier.when)


def _ends(otherwise: OtherwiseOrWait) -> bool:
    last = otherwise.after if isinstance(otherwise, Backorder) else otherwise
    return last is not Otherwise.NEXT_RULE


def _wrong_groups(config: MerchantConfig, nodes: set[str]) -> Iterator[Finding]:
    for group, members in config.node_groups.items():
        if group in nodes:
            yield Finding(("node_groups", group), "is the name of a node too; give the group another name")
        for j, member in enumerate(members):
            if member not in nodes:
                yield Finding(("node_groups", group, j), f"there is no node {member!r}; nodes are {_listed(nodes)}")


def _wrong_sets(config: MerchantConfig) -> Iterator[Finding]:
    for name in config.sets:
        if name in condition_names_taken():
            yield Finding(("sets", name), "is a word of the condition language; give the set another name")


def _unknown_targets(place: Place, send_to: tuple[str, ...], targets: set[str]) -> Iterator[Finding]:
    for j, target in enumerate(send_to):
        if target not in targets:
            yield Finding((*place, j), f"there is no node {target!r}; nodes are {_listed(targets)}")


def _unknown_services(place: Place, rule: Rule, config: MerchantConfig) -> Iterator[Finding]:
    known = {service.service for node in config.nodes for service in node.services}
    if any(node.multi_channel and not node.services for node in config.nodes):
        known |= {speed.lower() for speed in ShippingSpeed}
    for j, service in enumerate(rule.require.services):
        if service not in known:
            names = _listed(known) or "none; add `services` to a node"
            yield Finding((*place, j), f"no node has a service {service!r}; services are {names}")


def _unknown_subscripts(place: Place, rule: Rule, nodes: set[str]) -> Iterator[Finding]:
    for fact, column, node in subscripts(rule.when, BY_NODE):
        if node not in nodes:
            yield Finding(place, f"{fact} has no node {node!r}; nodes are {_listed(nodes)}", column, rule.when)


def _wrong_bodies(config: MerchantConfig) -> Iterator[Finding]:
    for name, action in config.actions.items():
        try:
            if action.body:
                compiled(action.body, personal=action.personal)
        except ValueError as wrong:
            yield Finding(("actions", name, "body"), str(wrong))
        yield from _unknown_answers(("actions", name, "body"), action.body or "", config)


def _wrong_actions(place: Place, rule: Rule, config: MerchantConfig) -> Iterator[Finding]:
    for j, act in enumerate(rule.then):
        if act.action not in config.actions:
            known = _listed(set(config.actions)) or "none; declare it under `actions`"
            yield Finding((*place, j, "action"), f"there is no action {act.action!r}; actions are {known}")
        if any((act.action, act.when) == (other.action, other.when) for other in rule.then[:j]):
            yield Finding((*place, j, "action"), f"{act.action!r} is called {act.when} already; once is enough")
        for branch in ("hold_if", "cancel_if"):
            text = getattr(act, branch) or ""
            yield from _unknown_answers((*place, j, branch), text, config)
            yield from _undeclared((*place, j, branch), act.action, text, config)
    for j, field, why in wrong_branches(rule.then):
        yield Finding((*place, j, field), why)


def _unknown_answers(place: Place, text: str, config: MerchantConfig) -> Iterator[Finding]:
    """Answers that no action declares."""
    names = names_of({name: action.answers for name, action in config.actions.items()})
    for column, action, field in reads(without_strings(text)):
        if f"answers.{action}.{field}" not in names:
            why = f"column {column}: no action declares the answer {action}.{field or '...'}; {_declared(names)}"
            yield Finding(place, why)


def _undeclared(place: Place, action: str, branch: str, config: MerchantConfig) -> Iterator[Finding]:
    """Fields of `answer` beside those that its action declares, where it declares any."""
    fields = config.actions[action].answers if action in config.actions else {}
    for use in _OF_ANSWER.finditer(without_strings(branch)) if fields else ():
        if use[1] not in fields:
            why = f"column {use.start(1) + 1}: {action} declares no answer {use[1]!r}; it has {_listed(set(fields))}"
            yield Finding(place, why)


def _declared(names: Mapping[str, object]) -> str:
    return f"there are {_listed(set(names))}" if names else "write `answers: {FIELD: double}` under the action"


def _wrong_override(
    place: Place, account: str, own: Override, config: MerchantConfig, targets: set[str]
) -> Iterator[Finding]:
    accounts = {account.account for account in config.accounts}
    if account not in accounts:
        yield Finding(place, f"there is no account {account!r}; accounts are {_listed(accounts)}")
    yield from _unknown_targets((*place, "send_to"), own.send_to or (), targets)
    for name in own.model_fields_set:
        if getattr(own, name) is None:
            yield Finding((*place, name), "is empty; leave it out to keep what the rule says")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
