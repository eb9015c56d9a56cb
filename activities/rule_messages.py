"""What crosses Temporal where the rules decide about an order: the plan, and the actions of the rule that took it.

Fields are only ever added, as in activities/messages.py.
"""

from datetime import timedelta

from activities.messages import Message, Refusal, ShipmentView
from orderloom.domain.actions import ActionState
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Utc
from orderloom.domain.orders import Hold
from orderloom.domain.rulebook import RuleAction


class RouteRequest(Message):
    key: OrderKey
    refusals: tuple[Refusal, ...] = ()
    rules_in_force: bool = False
    """Decide by the rules in force now, not by those that the order was decided with."""
    not_before: Utc | None = None
    """The moment that the order has waited for: it counts as reached, whatever the store's clock says."""


class ActionView(Message):
    """An action of the rule that took an order."""

    act: RuleAction
    give_up_after: timedelta


class Routed(Message):
    plan: tuple[ShipmentView, ...]
    nodes: tuple[str, ...]
    hold: Hold | None
    """None also where it waits for stock or is to be cancelled."""
    sentence: str
    backorder_until: Utc | None = None
    cancel: bool = False
    """The rule that took it asks to cancel it."""
    alert_at: Utc | None = None
    """As in Normalised, now that its nodes are known; None: as before."""
    leaves_by: Utc | None = None
    opens_at: Utc | None = None
    """When a node's next day may let it ship what waits until then."""
    lacks_units: bool = True
    """Units were sold to it that are not there."""
    decision: str = ""
    """Names what was decided: the same rule and plan have the same name, however often it is decided."""
    asks: bool = False
    """Nothing is decided: `actions` are asked first, and it is decided again when they have answered."""
    decided_at: Utc | None = None
    actions: tuple[ActionView, ...] = ()


class ActionStep(Message):
    key: OrderKey
    act: RuleAction
    decision: str
    decided_at: Utc
    attempt: int = 1
    why: str = ""


class ActionDone(Message):
    state: ActionState
    attempt: int
    text: str
