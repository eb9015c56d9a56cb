"""How an Amazon account stands against the targets that Amazon publishes for sellers, and which orders are late now.

Targets: late shipments under 4 %, cancellations before fulfilment under 2.5 %, valid tracking 95 % or more (Amazon's
seller help, G200370550). Ours are counts of what passed through here: Amazon's own figures also know what did not.
"""

from datetime import timedelta
from enum import StrEnum

from orderloom.domain.accounts import PausedAccount
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import OrderStatus

WINDOW = timedelta(days=30)
NEAR = 0.75
"""From this part of what is allowed on, a rate is worth a warning."""


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    NONE = "none"
    """Nothing to count yet."""


class Rate(Frozen):
    """`part` of `whole`, e.g. late orders of all; `rate` is null where there is nothing to count."""

    part: int
    whole: int
    rate: float | None
    target: float
    grade: Grade


class AccountHealth(Frozen):
    """One Amazon account over the 30 days until `until`."""

    account: str
    since: Utc
    until: Utc
    late_shipments: Rate
    cancellations: Rate
    valid_tracking: Rate

    @property
    def grade(self) -> Grade:
        """The worst of them."""
        rates = (self.late_shipments, self.cancellations, self.valid_tracking)
        order = (Grade.NONE, Grade.OK, Grade.WARN, Grade.BAD)
        return max((rate.grade for rate in rates), key=order.index)


class LateOrder(Frozen):
    """An order that should have left by now."""

    key: OrderKey
    name: str
    status: OrderStatus
    ship_by: Utc
    nodes: tuple[str, ...]
    waits_for: str
    """What a person has to settle, in words; empty where it waits for its nodes."""


class Health(Frozen):
    """`late` are the orders of all channels that are late now, the longest late first, at most 100 of `late_count`.

    `paused` are the accounts whose app was uninstalled.
    """

    accounts: tuple[AccountHealth, ...]
    late: tuple[LateOrder, ...]
    late_count: int
    paused: tuple[PausedAccount, ...] = ()


def late_shipments(part: int, whole: int) -> Rate:
    """Under 4 %."""
    return _rate(part, whole, target=0.04, missed=part, allowed=0.04, is_met=100 * part < 4 * whole)


def cancellations(part: int, whole: int) -> Rate:
    """Under 2.5 %."""
    return _rate(part, whole, target=0.025, missed=part, allowed=0.025, is_met=1000 * part < 25 * whole)


def valid_tracking(part: int, whole: int) -> Rate:
    """95 % or more."""
    return _rate(part, whole, target=0.95, missed=whole - part, allowed=0.05, is_met=100 * part >= 95 * whole)


def _rate(part: int, whole: int, *, target: float, missed: int, allowed: float, is_met: bool) -> Rate:
    if not whole:
        return Rate(part=part, whole=whole, rate=None, target=target, grade=Grade.NONE)
    grade = Grade.BAD if not is_met else Grade.WARN if missed >= NEAR * allowed * whole else Grade.OK
    return Rate(part=part, whole=whole, rate=part / whole, target=target, grade=grade)
