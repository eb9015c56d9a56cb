"""Where asking the rules ends: with nodes that ship, or with what becomes of an order that none can ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orderloom.domain.decisions import RuleVerdict
from orderloom.domain.orders import Order
from orderloom.domain.quotes import Unquoted
from orderloom.domain.routing.placing import NOWHERE, Placement
from orderloom.domain.rulebook import Backorder, Otherwise, Rule

END_OF_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class End:
    """The rule that took the order, if one did, and what its nodes can do."""

    rule: Rule | None = None
    placed: Placement = NOWHERE
    otherwise: Otherwise = Otherwise.HOLD
    """What becomes of an order that cannot be shipped."""
    until: datetime | None = None
    """Until when it waits for stock instead."""
    unquoted: tuple[Unquoted, ...] = ()
    """Of all rules that were asked."""
    asks: tuple[str, ...] = ()
    """Actions whose answers are needed before the next rule may be asked."""


def otherwise_of(rule: Rule, order: Order, now: datetime) -> tuple[Otherwise, datetime | None]:
    """What becomes of an order that the rule's nodes cannot ship, and until when it waits for stock before that."""
    if isinstance(rule.otherwise, Backorder):
        return rule.otherwise.after, _wait_until(rule.otherwise, order, now)
    return rule.otherwise, None


def next_opening(trace: Sequence[RuleVerdict], until: datetime) -> datetime | None:
    """The first day of a node that is worth another look before the wait is over."""
    days = [verdict.opens_at for rule in trace for verdict in rule.nodes if verdict.opens_at]
    return min((day for day in days if day < until), default=None)


def _wait_until(otherwise: Backorder, order: Order, now: datetime) -> datetime | None:
    """None where the wait is over, or the order has no ship-by time to wait for."""
    if otherwise.backorder_until == "ship_by":
        until = order.ship_by.latest
    else:
        until = datetime.combine(otherwise.backorder_until, datetime.min.time(), tzinfo=UTC) + END_OF_A_DAY
    return until if until and until > now else None
