"""What is wrong with rules that no single field can tell: names that lead nowhere, and what nobody carries out.

A place is a path of keys and positions in the configuration; whoever read the file turns it into a line.
"""

from collections.abc import Iterator

from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.rulebook import Backorder, Otherwise, OtherwiseOrWait, Override, Rule
from orderloom.domain.rules import condition_names_taken, subscripts

Place = tuple[str | int, ...]
BY_NODE = ("order.distance_km", "order.zone")


def contradictions(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    """Everything that makes the rules unusable, in the order of the file's sections."""
    nodes = {node.node for node in config.nodes}
    yield from _wrong_groups(config, nodes)
    yield from _wrong_sets(config)
    for i, rule in enumerate(config.rules):
        place: Place = ("rules", i)
        targets = nodes | config.node_groups.keys()
        yield from _unknown_targets((*place, "send_to"), rule.send_to, targets)
        yield from _unknown_services((*place, "require", "services"), rule, config)
        yield from _unknown_subscripts((*place, "when"), rule, nodes)
        yield from _not_carried_out((*place, "otherwise"), rule.otherwise)
        for account, own in rule.accounts.items():
            yield from _wrong_override((*place, "accounts", account), account, own, config, targets)


def _wrong_groups(config: MerchantConfig, nodes: set[str]) -> Iterator[tuple[Place, str]]:
    for group, members in config.node_groups.items():
        if group in nodes:
            yield ("node_groups", group), "is the name of a node too; give the group another name"
        for j, member in enumerate(members):
            if member not in nodes:
                yield ("node_groups", group, j), f"there is no node {member!r}; nodes are {_listed(nodes)}"


def _wrong_sets(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    for name in config.sets:
        if name in condition_names_taken():
            yield ("sets", name), "is a word of the condition language; give the set another name"


def _unknown_targets(place: Place, send_to: tuple[str, ...], targets: set[str]) -> Iterator[tuple[Place, str]]:
    for j, target in enumerate(send_to):
        if target not in targets:
            yield (*place, j), f"there is no node {target!r}; nodes are {_listed(targets)}"


def _unknown_services(place: Place, rule: Rule, config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    known = {service.service for node in config.nodes for service in node.services}
    for j, service in enumerate(rule.require.services):
        if service not in known:
            names = _listed(known) or "none; add `services` to a node"
            yield (*place, j), f"no node has a service {service!r}; services are {names}"


def _unknown_subscripts(place: Place, rule: Rule, nodes: set[str]) -> Iterator[tuple[Place, str]]:
    for fact, column, node in subscripts(rule.when, BY_NODE):
        if node not in nodes:
            yield place, f"column {column} of `{rule.when}`: {fact} has no node {node!r}; nodes are {_listed(nodes)}"


def _not_carried_out(place: Place, otherwise: OtherwiseOrWait | None) -> Iterator[tuple[Place, str]]:
    """Decided by routing and told by `rules explain`, but not done by the order's workflow yet: so not accepted."""
    if isinstance(otherwise, Backorder):
        yield place, "backorders by rule are not carried out yet; write `hold`: short orders go on at a restock anyway"
    elif otherwise is Otherwise.CANCEL:
        yield place, "cancelling by rule is not carried out yet; write `hold` and `orderloom orders cancel KEY`"


def _wrong_override(
    place: Place, account: str, own: Override, config: MerchantConfig, targets: set[str]
) -> Iterator[tuple[Place, str]]:
    accounts = {account.account for account in config.accounts}
    if account not in accounts:
        yield place, f"there is no account {account!r}; accounts are {_listed(accounts)}"
    yield from _unknown_targets((*place, "send_to"), own.send_to or (), targets)
    yield from _not_carried_out((*place, "otherwise"), own.otherwise)
    for name in own.model_fields_set:
        if getattr(own, name) is None:
            yield (*place, name), "is empty; leave it out to keep what the rule says"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
