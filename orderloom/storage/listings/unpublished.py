"""A store that was opened without a configuration of listings publishes none."""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import Lags


class NothingPublished:
    """A PolicyBook without accounts."""

    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy()

    def lags(self, channel: Channel, account: str) -> Lags:
        return Lags(effect=300.0, sight=600.0)

    def pool_of(self, key: ListingKey) -> str | None:
        return None
