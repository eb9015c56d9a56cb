"""What the merchant chooses for one SKU: a strategy, buffers and shares."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen


class Strategy(StrEnum):
    SHARED = "shared"
    """Every listing shows all of it, less the buffers; pushed at every sale."""
    GRANTED = "granted"
    """Every listing sells a part of its own; Amazon is written only to zero or from zero."""
    ADAPTIVE = "adaptive"
    """Granted, with ordinary absolute writes where stock is plentiful and the last slow unit on every listing."""


class ListingPolicy(Frozen):
    """Buffers and strategy of one SKU in one pool. What `shares` does not name weighs 1, by forecast."""

    strategy: Strategy = Strategy.ADAPTIVE
    fixed: NonNegativeInt = 0
    """Units that no listing ever shows."""
    percent: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """The part of what is left after `fixed` that is held back too."""
    never_below_one: bool = True
    """Show one unit while there is one above `fixed`, however large `percent` is."""
    shares: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """A factor on a listing's measured share of demand: 0 keeps it at zero, 2 favours it. By the name of a listing
    (`shopify:kitchen:PAN`), else of its account (`shopify:kitchen`), else of its channel."""
    paused: bool = False
    """Nothing is offered: every listing goes to zero."""
    last_units: NonNegativeInt = 5
    """Up to here a listing of slow stock that has none left shows one that another shows too, under `adaptive`."""
    last_units_channel: Channel | None = None
    """From `last_units` down only this channel lists; the others give back what they have."""
    low_cover: NonNegativeFloat = 0.0
    """Warn when what is left lasts fewer seconds than this; 0 never warns."""

    def sellable(self, available: int) -> int:
        """What may be listed of `available` units under the buffers."""
        above = available - self.fixed
        if self.paused or above <= 0:
            return 0
        # The epsilon keeps 100 x (1 - 0.15) from becoming 84.
        shown = int(above * (1 - self.percent) + 1e-9)
        return max(shown, 1) if self.never_below_one else shown

    @property
    def weighs_all(self) -> bool:
        """Every listing may show something, whatever is available."""
        return not self.paused and not self.shares and self.last_units_channel is None

    def weight(self, name: str, channel: Channel, available: int) -> float:
        """The factor on one listing's share of demand while `available` units are left; 0 keeps it at zero."""
        reserved = self.last_units_channel is not None and available <= self.last_units
        if self.paused or (reserved and channel is not self.last_units_channel):
            return 0.0
        if not self.shares:
            return 1.0
        account = ":".join(name.split(":")[:2])
        chosen = (self.shares[part] for part in (name, account, channel.value) if part in self.shares)
        return next(chosen, 1.0)
