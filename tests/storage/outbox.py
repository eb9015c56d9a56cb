"""Listings of both accounts, and their channels played one push at a time."""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, Push, PushAnswer, PushState
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import Lags
from orderloom.storage.store import Store
from tests.storage.shop import Clock

SHOP, SELLER = (Channel.SHOPIFY, "kitchen"), (Channel.AMAZON, "kitchen")
PLACE = "77"


class Policies:
    """Both accounts publish from the pool `own`."""

    def __init__(self) -> None:
        self.strategy = Strategy.GRANTED
        self.publishes = True

    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy(strategy=self.strategy)

    def lags(self, channel: Channel, account: str) -> Lags:
        return Lags(effect=10.0, sight=20.0) if channel is Channel.AMAZON else Lags(effect=1.0, sight=5.0)

    def pool_of(self, of: ListingKey) -> str | None:
        return "own" if self.publishes else None


def listing(name: str, account: tuple[Channel, str] = SHOP) -> ListingKey:
    return ListingKey(channel=account[0], account=account[1], listing=name)


def offer(clock: Clock, name: str, quantity: int | None, account: tuple[Channel, str] = SHOP) -> Offer:
    places = {PLACE: quantity} if account[0] is Channel.SHOPIFY and quantity is not None else {}
    return Offer(
        key=listing(name, account), reference=f"ref-{name}", quantity=quantity, places=places, read_at=clock.now
    )


def shows(store: Store, clock: Clock, name: str, quantity: int | None, account: tuple[Channel, str] = SHOP) -> None:
    store.listings.record_offers([offer(clock, name, quantity, account)])
    store.listings.plan(100)


def next_push(store: Store, account: tuple[Channel, str] = SHOP) -> Push | None:
    batch = store.listings.next_batch(*account, 1)
    return batch.pushes[0] if batch else None


def answer(store: Store, clock: Clock, batch: Batch, state: PushState, found: Offer | None = None) -> None:
    answers = [PushAnswer(push_id=push.push_id, state=state, at=clock.now, found=found) for push in batch.pushes]
    store.listings.answered(batch, answers)
    store.listings.plan(100)


def carry_out(store: Store, clock: Clock, account: tuple[Channel, str] = SHOP) -> list[tuple[int | None, int]]:
    """Do what is ready, as a channel on which all goes well: (change_from, quantity) of each push."""
    done: list[tuple[int | None, int]] = []
    while batch := store.listings.next_batch(*account, 10):
        done += [(push.change_from, push.quantity) for push in batch.pushes]
        answer(store, clock, batch, PushState.DONE if account[0] is Channel.SHOPIFY else PushState.ACCEPTED)
        assert len(done) < 20, "it never comes to rest"
    return done


def rights(store: Store, name: str, account: tuple[Channel, str] = SHOP) -> int:
    return next(view.rights for view in store.listings.views() if view.key == listing(name, account))
