"""What a merchant may write in a routing rule (docs/rules.md). How it is decided is in domain/routing."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PositiveFloat, PositiveInt, Tag, model_validator

from orderloom.domain.keys import Slug
from orderloom.domain.model import Frozen
from orderloom.domain.node_profile import CountryCode


class Choose(StrEnum):
    """Which of the nodes that may ship an order does."""

    FIRST = "first"
    CHEAPEST = "cheapest"
    NEAREST = "nearest"
    BALANCED = "balanced"
    """The one with the largest part of today's capacity left."""
    FEWEST_SHIPMENTS = "fewest_shipments"


class ServiceChoice(StrEnum):
    CHEAPEST = "cheapest"
    FASTEST = "fastest"


class Hazmat(StrEnum):
    NEVER = "never"
    GROUND_ONLY = "ground_only"


class Require(Frozen):
    """Hard fences: a node that does not meet them does not ship. What is unknown does not meet them."""

    leaves_today: bool = False
    leaves_by_ship_by: bool = False
    arrives_by_deliver_by: bool = False
    countries: tuple[CountryCode, ...] = ()
    hazmat: Hazmat | None = None
    max_weight_kg: PositiveFloat | None = None
    """Of one shipment."""
    max_distance_km: PositiveFloat | None = None
    max_cost: Annotated[Decimal, Field(ge=0)] | None = None
    """Of shipping the order, in the base currency."""
    min_margin: Decimal | None = None
    """What is left of the order's value after goods and shipping, in the base currency."""
    services: tuple[Slug, ...] = ()


class Split(Frozen):
    """Into how many shipments an order may be split, and from which value on (in the base currency)."""

    up_to: PositiveInt | None = None
    above: Annotated[Decimal, Field(ge=0)] | None = None


def _as_split(given: Any) -> Any:
    if given == "never":
        return {"up_to": 1}
    if isinstance(given, str | int | float):
        raise ValueError("must be `never`, or a limit such as `{up_to: 2, above: 100.0}`")
    return given


class Otherwise(StrEnum):
    """What becomes of an order that the condition takes and no node of the rule can ship."""

    NEXT_RULE = "next_rule"
    HOLD = "hold"
    CANCEL = "cancel"


class Backorder(Frozen):
    """The order waits for stock until a day has passed, or its ship-by time; then `after` happens."""

    backorder_until: Literal["ship_by"] | date
    after: Otherwise = Otherwise.HOLD


OtherwiseOrWait = Annotated[
    Annotated[Otherwise, Tag("word")] | Annotated[Backorder, Tag("wait")],
    Discriminator(lambda given: "word" if isinstance(given, str) else "wait"),
]
SplitLimit = Annotated[Split, BeforeValidator(_as_split)]
SendTo = Annotated[
    tuple[Slug, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given), Field(min_length=1)
]


class ActionTime(StrEnum):
    BEFORE = "before_dispatch"
    AFTER = "after_dispatch"


class OnFailure(StrEnum):
    CONTINUE = "continue"
    HOLD = "hold"


class RuleAction(Frozen):
    """An action that a rule has done for the orders it plans; before dispatch its answer may stop them."""

    action: Slug
    """One of the configuration's `actions`."""
    when: ActionTime
    on_failure: OnFailure | None = None
    """Default: `hold` where its answer counts, else `continue`."""
    hold_if: str | None = None
    """CEL over `answer` (its JSON), `order` and `decision`: true holds the order for a person."""
    cancel_if: str | None = None

    @model_validator(mode="after")
    def _branches_in_time(self) -> "RuleAction":
        if self.when is ActionTime.AFTER and self.branches:
            raise ValueError("an answer after dispatch stops nothing; write `when: before_dispatch`")
        return self

    @property
    def branches(self) -> bool:
        return self.hold_if is not None or self.cancel_if is not None

    @property
    def failure_holds(self) -> bool:
        return self.on_failure is OnFailure.HOLD or (self.on_failure is None and self.branches)


class Override(Frozen):
    """What one account does differently under a rule."""

    send_to: SendTo | None = None
    choose: Choose | None = None
    service: ServiceChoice | None = None
    require: Require | None = None
    split: SplitLimit | None = None
    otherwise: OtherwiseOrWait | None = None


class Rule(Frozen):
    """One routing rule: which orders it takes, who may ship them, and how one of those is chosen."""

    name: str
    when: str
    """A CEL condition over the facts in docs/rules.md."""
    send_to: SendTo
    """Nodes and node groups, in their order."""
    choose: Choose = Choose.FIRST
    service: ServiceChoice = ServiceChoice.CHEAPEST
    require: Require = Require()
    split: SplitLimit = Split()
    otherwise: OtherwiseOrWait = Otherwise.NEXT_RULE
    then: tuple[RuleAction, ...] = ()
    """What else is done for the orders that it plans, in this order."""
    accounts: dict[Slug, Override] = Field(default_factory=dict)
    """What single accounts do differently, by their slug."""

    def for_account(self, account: str) -> "Rule":
        own = self.accounts.get(account)
        if own is None:
            return self
        return self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
