"""What the decision's record says of each node that a rule named: whether it ships, why (not), and at what price."""

from collections.abc import Mapping
from dataclasses import dataclass

from orderloom.domain.decisions import NodeVerdict
from orderloom.domain.money import Money
from orderloom.domain.routing.fences import Parcel, opens_at
from orderloom.domain.routing.question import Question
from orderloom.domain.routing.ranking import why_another
from orderloom.domain.rulebook import Rule


@dataclass(frozen=True)
class Looked:
    """All that one placement has seen of a rule's nodes, by node."""

    rule: Rule
    asked: Question
    fences: Mapping[str, str | None]
    """Why the node must not ship this order at all; None where it may."""
    whole: Mapping[str, Parcel]
    """All of the order from a node that may ship."""
    chosen: Mapping[str, Parcel]
    problems: Mapping[str, str]
    """The first thing that was wrong with what the node would have shipped."""

    def verdict(self, node: str) -> NodeVerdict:
        rule, asked, fence = self.rule, self.asked, self.fences[node]
        own = self.chosen.get(node) or self.whole.get(node)
        way = own.way if own else None
        away = asked.network.distance_km(node, asked.order.destination)
        cost = way.cost if way else None
        quote = asked.quote(node, own.lines) if own else None
        return NodeVerdict(
            node=node,
            taken=node in self.chosen,
            reason=fence or self._reason(node),
            cost=None if cost is None else Money(amount=cost, currency=asked.network.exchange.base),
            distance_km=None if away is None else round(away),
            service=way.service if way else None,
            leaves_at=way.leaves_at if way else None,
            arrives_on=way.arrives_on if way else None,
            opens_at=opens_at(node, rule.require, asked) if fence else None,
            unanswered=quote.unanswered if quote else "",
        )

    def _reason(self, node: str) -> str:
        asked, lacking = self.asked, self.asked.lacking(node)
        if node in self.chosen and node in asked.moved_to:
            return "moved there by the merchant in Shopify"
        if asked.moved_to and not any(asked.may_ship(node, line) for line in asked.demand):
            return f"moved by the merchant in Shopify to {', '.join(asked.moved_to)}"
        if node in self.chosen:
            return "has a part of it" if lacking else "has all of it"
        if lacking:
            return f"has only {', '.join(lacking)}"
        return self.problems.get(node) or self.whole[node].problem or self._passed_over(node)

    def _passed_over(self, node: str) -> str:
        """Of a node that could have shipped all of it."""
        taken = next(iter(self.chosen.values()), None)
        if taken is None:
            return "would need one shipment more than the rule allows"
        return why_another(self.rule.choose, self.whole[node], taken, self.asked)
