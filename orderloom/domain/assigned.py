"""Where a channel has an order's units shipped from, and which of these places a person there chose.

A channel gives every order a place by itself (Shopify its location of highest priority). That says nothing: who ships
is decided here. Only a place that was changed at the channel afterwards is the merchant's choice.
"""

import hashlib
from collections.abc import Callable, Sequence

from pydantic import Field, PositiveInt

from orderloom.domain.model import Frozen


class Assigned(Frozen):
    """Units of one line that still wait at one place of the channel."""

    part: str
    """The channel's own id of the part of its fulfilment (Shopify's fulfillment order)."""
    line_id: str
    location: str
    """The channel's own id of the place."""
    units: PositiveInt
    chosen: bool = False
    """Somebody moved it there at the channel."""


class Choice(Frozen):
    """What was moved at the channel, in our own words."""

    nodes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By line the nodes that alone may ship it; a line that is not named was not moved."""
    elsewhere: dict[str, str] = Field(default_factory=dict)
    """By line the channel's id of a place that is no node of ours."""

    @property
    def digest(self) -> str:
        """The same for the same choice; empty where nothing was moved."""
        said = sorted(self.nodes.items()), sorted(self.elsewhere.items())
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16] if any(said) else ""

    def forbids(self, node: str, line_id: str) -> bool:
        return line_id in self.elsewhere or node not in self.nodes.get(line_id, (node,))

    def in_words(self) -> str:
        nodes = dict.fromkeys(node for line in self.nodes.values() for node in line)
        others = dict.fromkeys(self.elsewhere.values())
        places = [*nodes, *(f"location {place}, which is no node here" for place in others)]
        return f"moved by the merchant in Shopify to {' and '.join(places)}"


def moved(known: Sequence[Assigned], told: Sequence[Assigned]) -> tuple[Assigned, ...]:
    """What a later reading tells, with what was moved since `known` marked as chosen."""
    return tuple(one.model_copy(update={"chosen": True}) if _is_moved(one, known, told) else one for one in told)


def choice_of(assigned: Sequence[Assigned], node_at: Callable[[str], str | None]) -> Choice:
    """A line of which any unit was moved is shipped from the places where it is now, and from no other."""
    nodes: dict[str, tuple[str, ...]] = {}
    elsewhere: dict[str, str] = {}
    for line_id in dict.fromkeys(one.line_id for one in assigned if one.chosen):
        mine = [one for one in assigned if one.line_id == line_id]
        unknown = [one.location for one in mine if one.chosen and node_at(one.location) is None]
        if unknown:
            elsewhere[line_id] = unknown[0]
        else:
            nodes[line_id] = tuple(dict.fromkeys(filter(None, (node_at(one.location) for one in mine))))
    return Choice(nodes=nodes, elsewhere=elsewhere)


def _is_moved(one: Assigned, known: Sequence[Assigned], told: Sequence[Assigned]) -> bool:
    before = [other for other in known if other.line_id == one.line_id]
    same = next((other for other in before if other.part == one.part), None)
    if one.chosen or same:
        return one.chosen or (same is not None and (same.chosen or same.location != one.location))
    at_once = [other for other in before if other.location == one.location]
    if at_once:
        return any(other.chosen for other in at_once)
    # Another part at another place: what was begun was moved, unless it is for units that are new.
    now = sum(other.units for other in told if other.line_id == one.line_id)
    return bool(before) and now <= sum(other.units for other in before)
