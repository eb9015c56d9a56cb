"""An outbox and a channel's listings that do what a test tells them, behind the ports of domain.listing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, OfferPage, Push, PushAnswer, PushState
from orderloom.domain.listing.ports import Ended, ListingView

Account = tuple[Channel, str]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
KITCHEN: Account = (Channel.SHOPIFY, "kitchen")
KITCHEN_US: Account = (Channel.AMAZON, "kitchen_us")


def offer(listing: str = "PAN", quantity: int | None = 5, account: Account = KITCHEN) -> Offer:
    key = ListingKey(channel=account[0], account=account[1], listing=listing)
    return Offer(key=key, reference=f"item-{listing}", quantity=quantity, read_at=datetime.now(UTC))


def view(listing: str, shown: int | None, account: Account = KITCHEN, **facts: object) -> ListingView:
    known = ListingView(
        key=ListingKey(channel=account[0], account=account[1], listing=listing),
        pool="own",
        place=f"SKU-{listing}",
        units=1,
        shown=shown,
        rights=shown or 0,
        pending=None,
        per_day=1.0,
        cover_seconds=None,
        read_at=None,
        state="published",
    )
    return known.model_copy(update=facts)


def batch(number: int = 1, account: Account = KITCHEN, **facts: object) -> Batch:
    one = offer(account=account)
    push = Push(push_id=number, key=one.key, reference=one.reference, change_from=5, quantity=4)
    return Batch(batch_key=f"batch-{number}", pushes=(push,)).model_copy(update=facts)


@dataclass
class FakeListingBook:
    """Its plans find what the test put in; a batch stays at the head until it is answered."""

    read_at: dict[Account, datetime] = field(default_factory=lambda: dict.fromkeys((KITCHEN, KITCHEN_US), LONG_AGO))
    outbox: list[Batch] = field(default_factory=list)
    answers: list[PushAnswer] = field(default_factory=list)
    due: list[Offer] = field(default_factory=list)
    recorded: list[Offer] = field(default_factory=list)
    forgotten: list[tuple[Channel, str, datetime]] = field(default_factory=list)
    facts: int = 0
    """Clusters that the next plan has to look at."""
    rounds: int = 0
    wait_seconds: float | None = None
    busy: list[Account] = field(default_factory=list)
    shows: dict[str, ListingView] = field(default_factory=dict)
    """What `views` gives, by key. A reading is believed at once."""
    heard_of: list[tuple[Channel, str, str, str, int]] = field(default_factory=list)

    def catalogue_read_at(self, channel: Channel, account: str) -> datetime | None:
        return self.read_at.get((channel, account))

    def record_offers(self, offers: Sequence[Offer]) -> Sequence[Offer]:
        self.recorded += offers
        for one in offers:
            if known := self.shows.get(str(one.key)):
                self.shows[str(one.key)] = known.model_copy(update={"shown": one.quantity})
        return offers

    def views(self, sku: str | None = None, account: str | None = None, limit: int = 1000) -> Sequence[ListingView]:
        return [view for view in self.shows.values() if view.key.account == account]

    def forget_offers_not_seen_since(self, channel: Channel, account: str, moment: datetime) -> int:
        self.forgotten.append((channel, account, moment))
        self.read_at[channel, account] = moment
        return 0

    def plan(self, limit: int) -> Ended:
        self.rounds += 1
        planned, self.facts = min(self.facts, limit), max(self.facts - limit, 0)
        return Ended(planned=planned, more=self.facts > 0)

    def next_batch(self, channel: Channel, account: str, size: int) -> Batch | None:
        for each in self.outbox:
            if (each.pushes[0].key.channel, each.pushes[0].key.account) == (channel, account):
                return each
        return None

    def answered(self, batch: Batch, answers: Sequence[PushAnswer]) -> None:
        self.outbox = [each for each in self.outbox if each.batch_key != batch.batch_key]
        self.answers += answers

    def due_reads(self, channel: Channel, account: str, limit: int) -> Sequence[Offer]:
        taken, self.due = self.due[:limit], self.due[limit:]
        return taken

    def heard_quantity(self, key: ListingKey, quantity: int) -> None:
        self.heard_of.append((key.channel, key.account, key.listing, "", quantity))

    def heard(self, channel: Channel, account: str, reference: str, place: str, quantity: int) -> None:
        self.heard_of.append((channel, account, reference, place, quantity))

    def wait(self, channel: Channel, account: str) -> float | None:
        return 0 if self.next_batch(channel, account, 1) else self.wait_seconds

    def accounts_with_work(self, besides: Collection[Account] = ()) -> Sequence[Account]:
        return [account for account in self.busy if account not in besides]

    def prune(self) -> int:
        return 0

    @property
    def states(self) -> list[PushState]:
        return [answer.state for answer in self.answers]


@dataclass
class FakeListings:
    """A channel's listings; `failures` are raised by the next calls, one each."""

    pages: list[OfferPage | Exception] = field(default_factory=list)
    shown: list[Offer] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    pushed: list[Batch] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    """Page tokens."""
    state: PushState = PushState.DONE
    pushes_at_once: int = 250
    reads_at_once: int = 10

    def offers(self, page_token: str | None) -> OfferPage:
        self.asked.append(page_token)
        page = self.pages.pop(0) if self.pages else OfferPage(offers=())
        if isinstance(page, Exception):
            raise page
        return page

    def read(self, wanted: Sequence[Offer]) -> Sequence[Offer]:
        names = {one.key for one in wanted}
        return [one for one in self.shown if one.key in names]

    def push(self, batch: Batch) -> Sequence[PushAnswer]:
        self.pushed.append(batch)
        if self.failures:
            raise self.failures.pop(0)
        now = datetime.now(UTC)
        return [PushAnswer(push_id=push.push_id, state=self.state, at=now) for push in batch.pushes]
