"""Keeps one account's listings in step with the ledger, one batch a round. The outbox in the database is the state.

What a push came to, and what a round does about it:

    an answer for each push       recorded; the next plan folds it
    Throttled                     nothing was done: the pushes are planned anew after the wait
    Unavailable, AccessDenied     nothing was done: planned anew; the round is tried again as retries.py says
    OutcomeUnknown                Shopify only: the same batch goes again under its key
    Rejected                      nobody will take it as it is: refused, a person must look
    the worker dies               the outbox knows what was being sent, and what that means on each channel
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from temporalio import activity

from activities.books import utc_now
from activities.retries import step
from activities.round_messages import AccountRef, CataloguePosition, Published
from orderloom.domain.errors import AccessDenied, OutcomeUnknown, Rejected, Throttled, Unavailable
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, Offer, OfferPage, PushAnswer, PushState
from orderloom.domain.listing.ports import ListingBook, ListingChannel

log = structlog.stdlib.get_logger(__name__)

CLUSTERS_A_ROUND = 50
"""How many clusters one round plans: a few milliseconds each, so that a sale is not kept waiting behind a backlog."""
PAGES_A_STEP = 20
"""Pages of a catalogue in one attempt: what an interruption repeats."""
SAME_BATCH_AGAIN_SECONDS = 1.0
LINGER_SECONDS = 1.0
"""After a round that did something one more is made: the relay may have seen one backlog where there were two."""
REFUSED_READ_SECONDS = 60.0
FIRST_READINGS = timedelta(minutes=10)
"""How long an account that was read waits for the first reading of the others, whose listings sell the same units."""


@dataclass(frozen=True)
class PublishingActivities:
    """`channels` are the accounts that publish."""

    book: ListingBook
    channels: Mapping[tuple[Channel, str], ListingChannel]
    clock: Callable[[], datetime] = utc_now

    @step("publish")
    def publish(self, account: AccountRef) -> Published:
        """One round: plan, send one batch, read what is due, plan again."""
        name = (account.channel, account.account)
        if name not in self.channels:
            log.info("an account publishes no more; its publisher ends", account=":".join(name))
            return Published(is_over=True)
        held_back = self._before_the_first_push(name)
        if held_back:
            return held_back
        channel = self.channels[name]
        planned = self.book.plan(CLUSTERS_A_ROUND).planned
        sent = read = 0
        asked_to_wait: float | None = None
        try:
            sent = self._send(name, channel)
            read = self._read(name, channel)
        except Throttled as slow:
            asked_to_wait = slow.wait_seconds
        except OutcomeUnknown as lost:
            log.warning("the answer to a batch was lost; it goes again under its key", why=str(lost))
            asked_to_wait = SAME_BATCH_AGAIN_SECONDS
        except Rejected as refused:
            log.error("listings cannot be read", why=str(refused))
            asked_to_wait = REFUSED_READ_SECONDS
        planned += self.book.plan(CLUSTERS_A_ROUND).planned
        wait = self.book.wait(*name) if asked_to_wait is None else asked_to_wait
        if asked_to_wait is None and (planned or sent):
            wait = LINGER_SECONDS if wait is None else min(wait, LINGER_SECONDS)
        others = [each for each in self.book.accounts_with_work([name]) if each in self.channels] if planned else ()
        return Published(planned=planned, sent=sent, read=read, wait_seconds=wait, others=self._named(others))

    @step("read_catalogue")
    def read_catalogue(self, position: CataloguePosition) -> CataloguePosition:
        """Read and record some pages; whoever asks goes on at the position that comes back until it is complete."""
        channel = self.channels[(position.channel, position.account)]
        since, token, listings = position.since or self.clock(), position.page_token, position.listings
        for page_number in range(PAGES_A_STEP):
            try:
                page, began_again = _page(channel, token)
            except Throttled:
                if page_number == 0:
                    raise
                break
            self.book.record_offers(page.offers)
            listings = len(page.offers) + (0 if began_again else listings)
            token = page.next_token
            if token is None:
                self.book.forget_offers_not_seen_since(position.channel, position.account, since)
                break
        return position.model_copy(
            update={"since": since, "page_token": token, "listings": listings, "is_complete": token is None}
        )

    def _before_the_first_push(self, name: tuple[Channel, str]) -> Published | None:
        """Every listing counts from its first reading: nothing is planned while one may be unknown."""
        read_at = self.book.catalogue_read_at(*name)
        if read_at is None:
            return Published(catalogue_unread=True)
        if self.clock() - read_at > FIRST_READINGS:
            return None
        unread = [other for other in self.channels if self.book.catalogue_read_at(*other) is None]
        if not unread:
            return None
        log.info(
            "publishing waits for the first reading of other accounts", accounts=[":".join(each) for each in unread]
        )
        return Published(wait_seconds=5.0, others=self._named(unread))

    def _send(self, name: tuple[Channel, str], channel: ListingChannel) -> int:
        batch = self.book.next_batch(*name, channel.pushes_at_once)
        if batch is None:
            return 0
        try:
            answers = channel.push(batch)
        except (Throttled, Unavailable, AccessDenied) as failure:
            if batch.sent_before is None:
                self._answered(batch, self._all(batch, PushState.NOT_DONE, str(failure)))
            # What was sent before may have been done: it stays unfinished, and goes again under its key.
            raise
        except Rejected as refused:
            state = PushState.UNKNOWN if batch.sent_before else PushState.REFUSED
            answers = self._all(batch, state, str(refused))
        self._answered(batch, answers)
        return len(batch.pushes)

    def _all(self, batch: Batch, state: PushState, reason: str) -> Sequence[PushAnswer]:
        now = self.clock()
        return [PushAnswer(push_id=push.push_id, state=state, at=now, reason=reason) for push in batch.pushes]

    def _answered(self, batch: Batch, answers: Sequence[PushAnswer]) -> None:
        self.book.answered(batch, answers)
        for answer in answers:
            _count(batch.pushes[0].key.channel, answer.state)
            if answer.state is PushState.REFUSED:
                log.error("a channel refused a quantity", push=answer.push_id, why=answer.reason)

    def _read(self, name: tuple[Channel, str], channel: ListingChannel) -> int:
        due = self.book.due_reads(*name, channel.reads_at_once)
        if not due:
            return 0
        asked_at = self.clock()
        found = channel.read(due)
        known = {offer.key for offer in found}
        self.book.record_offers([*found, *(_gone(offer, asked_at) for offer in due if offer.key not in known)])
        return len(found)

    def _named(self, accounts: Sequence[tuple[Channel, str]]) -> tuple[AccountRef, ...]:
        return tuple(AccountRef(channel=channel, account=account) for channel, account in accounts)


def _page(channel: ListingChannel, token: str | None) -> tuple[OfferPage, bool]:
    """A page, and whether it is the first one again because the token had died."""
    if token is None:
        return channel.offers(None), False
    try:
        return channel.offers(token), False
    except Rejected:
        return channel.offers(None), True


def _gone(offer: Offer, at: datetime) -> Offer:
    """A listing that its channel no longer has is not counted there."""
    return offer.model_copy(update={"quantity": None, "places": {}, "read_at": at})


def _count(channel: Channel, state: PushState) -> None:
    if activity.in_activity():
        counter = activity.metric_meter().create_counter("orderloom_pushes", "Quantities sent, by what became of them")
        counter.add(1, {"channel": channel.value, "outcome": state.value})
