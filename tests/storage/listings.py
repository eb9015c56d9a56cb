"""Listings to publish: a policy book, offers, and both channels played by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, PushAnswer, PushState
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import Lags, ListingState, PoolState
from orderloom.storage.store import Store, open_store
from orderloom.storage.tables import listing_facts, listing_pools
from tests.storage.shop import KEYS, NODES, START, Clock

SHOP = (Channel.SHOPIFY, "kitchen")
SELLER = (Channel.AMAZON, "kitchen_us")
GRANTED = ListingPolicy(strategy=Strategy.GRANTED)


@dataclass
class Policies:
    """Everything of both accounts sells from one pool."""

    chosen: ListingPolicy = GRANTED
    pool: str | None = "own"
    unpublished: str | None = None
    """An account that publishes no more."""

    def policy(self, pool: str, place: str) -> ListingPolicy:
        return self.chosen

    def lags(self, channel: Channel, account: str) -> Lags:
        if account == self.unpublished:
            raise KeyError((channel, account))
        return Lags(effect=20, sight=30) if channel is Channel.AMAZON else Lags(effect=2, sight=10)

    def pool_of(self, key: ListingKey) -> str | None:
        return None if key.account == self.unpublished else self.pool


def publishing(database_url: str, clock: Clock, policies: Policies | None = None) -> Store:
    return open_store(database_url, KEYS, nodes=NODES, clock=clock, policies=policies or Policies())


def listing(name: str = "PAN", account: tuple[Channel, str] = SHOP) -> ListingKey:
    return ListingKey(channel=account[0], account=account[1], listing=name)


def offer(
    quantity: int | None, name: str = "PAN", account: tuple[Channel, str] = SHOP, at: datetime = START, **facts: object
) -> Offer:
    """A Shopify listing lies at one location."""
    places = {"L1": quantity} if account[0] is Channel.SHOPIFY and quantity is not None else {}
    base = Offer(key=listing(name, account), reference=f"ref-{name}", quantity=quantity, places=places, read_at=at)
    return base.model_copy(update=facts)


def pool_state(store: Store, place: str = "PAN", pool: str = "own") -> PoolState:
    columns = listing_pools.c
    query = select(columns.document).where(columns.pool == pool, columns.place == place)
    document = store.database.read(lambda connection: connection.execute(query).scalar_one())
    return PoolState.model_validate_json(document)


def state_of(store: Store, key: ListingKey, place: str = "PAN") -> ListingState:
    return pool_state(store, place).listings[str(key)]


def facts_left(store: Store) -> list[tuple[str, str, int | None]]:
    """(kind, listing, quantity) of every fact that is not folded, the oldest first."""
    columns = listing_facts.c
    query = select(columns.kind, columns.listing, columns.quantity).order_by(columns.fact_id)
    return [tuple(row) for row in store.database.read(lambda connection: connection.execute(query).all())]


def answer(store: Store, batch: Batch, state: PushState, **facts: object) -> None:
    now = store.listings._clock()
    answers = [PushAnswer(push_id=push.push_id, state=state, at=now) for push in batch.pushes]
    store.listings.answered(batch, [one.model_copy(update=facts) for one in answers])


@dataclass
class Market:
    """Both channels as they are: what is listed, and pushes carried out at once."""

    store: Store
    clock: Clock
    shown: dict[ListingKey, int] = field(default_factory=dict)

    def read(self) -> None:
        now = self.clock()
        self.store.listings.record_offers(
            [offer(n, key.listing, (key.channel, key.account), now) for key, n in self.shown.items()]
        )

    def work(self) -> list[tuple[ListingKey, int]]:
        """Plan, send and answer until nothing is left to send; what was sent, in order."""
        sent: list[tuple[ListingKey, int]] = []
        self.store.listings.plan(100)
        for account in sorted({(key.channel, key.account) for key in self.shown}):
            for batch in self._batches(account):
                sent += self._carry_out(batch)
        if not sent:
            return []
        return sent + self.work()

    def _batches(self, account: tuple[Channel, str]) -> Iterator[Batch]:
        while batch := self.store.listings.next_batch(*account, 250 if account == SHOP else 1):
            yield batch

    def _carry_out(self, batch: Batch) -> list[tuple[ListingKey, int]]:
        answers = []
        for push in batch.pushes:
            is_stale = push.change_from not in (None, self.shown[push.key])
            state = PushState.STALE if is_stale else PushState.DONE
            if push.key.channel is Channel.AMAZON:
                state = PushState.ACCEPTED
            if not is_stale:
                self.shown[push.key] = push.quantity
            now = self.clock()
            found = offer(self.shown[push.key], push.key.listing, SHOP, now) if is_stale else None
            answers.append(PushAnswer(push_id=push.push_id, state=state, at=now, found=found))
        self.store.listings.answered(batch, answers)
        return [(push.key, push.quantity) for push in batch.pushes]
