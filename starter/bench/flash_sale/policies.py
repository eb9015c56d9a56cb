"""The policies that stand side by side, all of them settings of the same domain function."""

from dataclasses import dataclass

from orderloom.domain.listing.policy import ListingPolicy, Strategy


@dataclass(frozen=True)
class Contender:
    """A strategy, `fixed` as a part of the initial stock, and how often it may push (0: at every event)."""

    name: str
    strategy: Strategy
    fixed: float = 0.0
    percent: float = 0.0
    every: float = 0.0
    never_below_one: bool = True

    def policy(self, stock: int) -> ListingPolicy:
        return ListingPolicy(
            strategy=self.strategy,
            fixed=round(stock * self.fixed),
            percent=self.percent,
            never_below_one=self.never_below_one,
        )


ALL = (
    Contender("raw", Strategy.SHARED, every=900.0),
    Contender("shared", Strategy.SHARED),
    Contender("fixed15", Strategy.SHARED, fixed=0.15),
    # The plain 15 %, which keeps the last unit: `never_below_one` is ours.
    Contender("rest15", Strategy.SHARED, percent=0.15, never_below_one=False),
    Contender("granted", Strategy.GRANTED),
    Contender("adaptive", Strategy.ADAPTIVE),
)
BY_NAME = {contender.name: contender for contender in ALL}
