"""What the merchant's configuration says of one listing, and the bounds in time that its channel is trusted with."""

from dataclasses import dataclass
from datetime import timedelta

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import Lags
from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.domain.node_settings import NodeKind

NEWEST_ORDERS = timedelta(minutes=2)
"""searchOrders gives no order that is younger (docs: `lastUpdatedBefore` at least 2 minutes before the request)."""
SWEEPING = timedelta(minutes=1)
"""What reading the pages of a sweep and working off its orders may add: a page of 100 orders at the quota's burst."""
SHOPIFY_EFFECT = timedelta(seconds=2)
"""A mutation that was answered has taken effect; this is the answer's own way."""
NOT_SPED_UP = timedelta(seconds=10)
WHOLE_SECONDS = timedelta(seconds=2)
"""Amazon's times of sale may be whole seconds, so a figure is taken as older by one, and one more for its way."""


@dataclass(frozen=True)
class ConfiguredPolicies:
    """The PolicyBook that a MerchantConfig is. `speed` says how many times faster than the real one a sandbox runs."""

    config: MerchantConfig
    sweep_interval: timedelta
    speed: float = 1.0

    def policy(self, pool: str, place: str) -> ListingPolicy:
        chosen = self.config.listings.policy(place)
        if not self._is_sold_by_amazon(pool):
            return chosen
        # Amazon sells these units too, without asking us: no grant of them could be exact.
        percent = max(chosen.percent, self.config.listings.fba_percent)
        return chosen.model_copy(update={"strategy": Strategy.SHARED, "percent": percent})

    def lags(self, channel: Channel, account: str) -> Lags:
        """Raises KeyError for an account that is not configured any more."""
        found = self.config.account(channel, account)
        if found is None:
            raise KeyError((channel, account))
        if not isinstance(found, AmazonAccount):
            return Lags(effect=self._fast(SHOPIFY_EFFECT), sight=found.sight_bound.total_seconds())
        sight = found.sight_bound.total_seconds() if found.sight_bound else self._swept()
        return Lags(effect=self._fast(found.effect_bound), sight=sight, staleness=WHOLE_SECONDS.total_seconds())

    def pool_of(self, key: ListingKey) -> str | None:
        account = self.config.account(key.channel, key.account)
        return account.pool_of(key.listing) if account and account.publish else None

    def _is_sold_by_amazon(self, pool: str) -> bool:
        return any(node.kind is NodeKind.FBA for node in self.config.nodes if node.pool == pool)

    def _swept(self) -> float:
        """An order that a sweep just misses is in the next one. The interval itself is set, not sped up."""
        return self.sweep_interval.total_seconds() + self._fast(NEWEST_ORDERS + SWEEPING)

    def _fast(self, published: timedelta) -> float:
        """Sped up, but never below what a sandbox's late effects and our own steps take on a busy machine."""
        return max(published / self.speed, min(published, NOT_SPED_UP)).total_seconds()
