"""What a node itself says a parcel would cost and when it would arrive: asked before deciding, kept with the decision.

Asking is the activities' part (activities/quoting.py). A decision reads answers only, so it is the same ever after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orderloom.domain.model import Frozen, Utc
from orderloom.domain.money import Money
from orderloom.domain.nodes import MultiChannel, ShippingOffer, ShippingSpeed
from orderloom.domain.shipments import ShipmentLine

SPEEDS = tuple(ShippingSpeed)
"""Slowest first."""


class ServiceQuote(Frozen):
    """One speed of a node for one parcel. None is unknown."""

    service: str
    """The speed in small letters, as a rule's `services` would name it."""
    is_possible: bool
    reasons: tuple[str, ...] = ()
    """The node's own codes of why it is not possible."""
    cost: Money | None = None
    """The sum of its fees; None also where they are in several currencies."""
    arrives_earliest: Utc | None = None
    arrives_latest: Utc | None = None


class Quote(Frozen):
    """What a node answered for exactly these lines."""

    node: str
    lines: tuple[ShipmentLine, ...]
    services: tuple[ServiceQuote, ...] = ()
    refusal: str = ""
    """Why the node would not even price it: it would not ship it either."""
    unanswered: str = ""
    """Why there is no answer. Then cost and arrival are unknown, and nothing speaks against the node."""

    @property
    def is_answered(self) -> bool:
        return not self.unanswered

    def of(self, speed: ShippingSpeed) -> ServiceQuote | None:
        return next((one for one in self.services if one.service == speed.lower()), None)


@dataclass(frozen=True)
class Unquoted:
    """A parcel whose price, asked of its node, could change a decision."""

    node: str
    lines: tuple[ShipmentLine, ...]


def as_quote(asked: Unquoted, offers: Sequence[ShippingOffer]) -> Quote:
    return Quote(node=asked.node, lines=asked.lines, services=tuple(_service(offer) for offer in offers))


def offered(quote: Quote, settings: MultiChannel, service_level: str | None) -> Iterator[ServiceQuote]:
    """The possible speeds that are no slower than what the channel sold, slowest first."""
    sold = settings.speed(service_level)
    for speed in SPEEDS[SPEEDS.index(sold) :]:
        found = quote.of(speed)
        if found and found.is_possible:
            yield found


def impossible(quote: Quote) -> str:
    """Why it cannot be shipped, in the node's own words."""
    reasons = dict.fromkeys(reason for one in quote.services for reason in one.reasons)
    why = quote.refusal or ", ".join(reasons) or "no speed is offered there"
    return f"said beforehand that it cannot ship it: {why}"


def _service(offer: ShippingOffer) -> ServiceQuote:
    currencies = {fee.currency for fee in offer.fees}
    total = sum((fee.amount for fee in offer.fees[1:]), offer.fees[0].amount) if len(currencies) == 1 else None
    return ServiceQuote(
        service=offer.speed.lower(),
        is_possible=offer.is_possible,
        reasons=offer.reasons,
        cost=None if total is None else Money(amount=total, currency=offer.fees[0].currency),
        arrives_earliest=offer.arrives_earliest,
        arrives_latest=offer.arrives_latest,
    )
