"""How a push becomes rows of inventorySetQuantities, each for one item at one location.

The rows depend on nothing but the batch and the configured locations, so a batch that is sent again is the same to its
idempotency key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orderloom.channels.shopify.inventory import in_order
from orderloom.channels.shopify.inventory_queries import ROWS_AT_ONCE
from orderloom.domain.listing.offers import Batch, Push


@dataclass(frozen=True)
class Row:
    push: Push
    location: str
    quantity: int
    change_from: int | None

    def as_input(self) -> dict[str, Any]:
        """`changeFromQuantity` must be there, also where it is null."""
        return {
            "inventoryItemId": f"gid://shopify/InventoryItem/{self.push.reference}",
            "locationId": f"gid://shopify/Location/{self.location}",
            "quantity": self.quantity,
            "changeFromQuantity": self.change_from,
        }


@dataclass(frozen=True)
class Layout:
    """`homeless` pushes have no location to go to; `left` ones no longer fit into one call."""

    rows: tuple[Row, ...]
    homeless: tuple[Push, ...]
    left: tuple[Push, ...]


def lay_out(batch: Batch, locations: Sequence[str]) -> Layout:
    """All rows that fit into one call, whole pushes only."""
    rows: list[Row] = []
    homeless, left = [], []
    for push in batch.pushes:
        own = rows_of(push, locations)
        if not own:
            homeless.append(push)
        elif len(rows) + len(own) > ROWS_AT_ONCE:
            left.append(push)
        else:
            rows += own
    return Layout(tuple(rows), tuple(homeless), tuple(left))


def rows_of(push: Push, locations: Sequence[str]) -> tuple[Row, ...]:
    """More goes to the first location, less is taken from the fullest.

    Only a location that changes is written, compared with what we believe it shows. Where nothing changes, one row
    still compares. Without comparing, every location is written, so that their sum is ours whatever was there.
    """
    believed = _believed(push, locations)
    if not believed:
        return ()
    shown = sum(believed.values()) if push.change_from is None else push.change_from
    wanted = _moved(believed, push.quantity - shown)
    if push.change_from is None:
        return tuple(Row(push, location, quantity, None) for location, quantity in wanted.items())
    changed = [location for location, quantity in wanted.items() if quantity != believed[location]]
    written = changed or [_fullest(believed)]
    return tuple(Row(push, location, wanted[location], believed[location]) for location in written)


def _believed(push: Push, locations: Sequence[str]) -> dict[str, int]:
    """By location, the preferred one first. A single one shows all that the listing shows."""
    ordered = sorted(push.places, key=lambda location: in_order(location, locations))
    if len(ordered) == 1 and push.change_from is not None:
        return {ordered[0]: push.change_from}
    return {location: push.places[location] for location in ordered}


def _moved(believed: dict[str, int], difference: int) -> dict[str, int]:
    wanted = dict(believed)
    if difference >= 0:
        wanted[next(iter(wanted))] += difference
        return wanted
    missing = -difference
    while missing and (taken := min(missing, wanted[_fullest(wanted)])) > 0:
        wanted[_fullest(wanted)] -= taken
        missing -= taken
    return wanted


def _fullest(places: dict[str, int]) -> str:
    return max(places, key=lambda location: places[location])
