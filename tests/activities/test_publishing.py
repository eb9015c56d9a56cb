"""One round of a publisher against an outbox and a channel that misbehave on demand."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.publishing import FIRST_READINGS, LINGER_SECONDS, PAGES_A_STEP, PublishingActivities
from activities.round_messages import AccountRef, CataloguePosition, Published
from orderloom.domain.errors import AccessDenied, OutcomeUnknown, Rejected, Throttled, Unavailable
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import OfferPage, PushState
from orderloom.domain.listing.ports import ListingBook
from tests.workflows.fake_listings import KITCHEN, KITCHEN_US, FakeListingBook, FakeListings, batch, offer

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = AccountRef(channel=Channel.SHOPIFY, account="kitchen")


@pytest.fixture
def book() -> FakeListingBook:
    return FakeListingBook()


@pytest.fixture
def channel() -> FakeListings:
    return FakeListings()


@pytest.fixture
def steps(book: FakeListingBook, channel: FakeListings) -> PublishingActivities:
    channels = {KITCHEN: channel, KITCHEN_US: FakeListings()}
    return PublishingActivities(cast(ListingBook, book), channels, clock=lambda: NOW)


def publish(steps: PublishingActivities) -> Published:
    return ActivityEnvironment().run(steps.publish, SHOP)


def read_catalogue(steps: PublishingActivities, **facts: object) -> CataloguePosition:
    position = CataloguePosition(channel=Channel.SHOPIFY, account="kitchen").model_copy(update=facts)
    return ActivityEnvironment().run(steps.read_catalogue, position)


def test_a_round_sends_one_batch_and_records_its_answers(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.outbox = [batch(1), batch(2)]
    assert publish(steps) == Published(sent=1, wait_seconds=0)
    assert (channel.pushed, book.states) == ([batch(1)], [PushState.DONE])
    assert book.rounds == 2, "answers are planned in the same round"


def test_what_is_due_is_read_and_a_listing_that_is_gone_is_not_counted_any_more(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.due, channel.shown = [offer("PAN"), offer("LID")], [offer("PAN", 3)]
    assert publish(steps).read == 1
    assert {one.key.listing: one.quantity for one in book.recorded} == {"PAN": 3, "LID": None}


def test_with_nothing_ahead_the_publisher_waits_to_be_woken(steps: PublishingActivities, book: FakeListingBook) -> None:
    assert publish(steps).wait_seconds is None
    book.wait_seconds = 40.0
    assert publish(steps).wait_seconds == 40.0


def test_after_a_round_that_did_something_one_more_follows(steps: PublishingActivities, book: FakeListingBook) -> None:
    book.facts, book.wait_seconds = 1, 40.0
    assert publish(steps).wait_seconds == LINGER_SECONDS


def test_accounts_that_a_plan_gave_work_are_named(steps: PublishingActivities, book: FakeListingBook) -> None:
    book.busy = [KITCHEN_US, KITCHEN]
    assert publish(steps).others == (), "nothing was planned, so nothing is new"
    book.facts = 1
    assert publish(steps).others == (AccountRef(channel=Channel.AMAZON, account="kitchen_us"),)


def test_a_throttle_is_waited_for_and_its_pushes_are_planned_anew(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.outbox, channel.failures = [batch()], [Throttled("shopify:kitchen", 7.5)]
    assert publish(steps).wait_seconds == 7.5
    assert book.states == [PushState.NOT_DONE]


@pytest.mark.parametrize("failure", [Unavailable("shopify:kitchen", "502"), AccessDenied("shopify:kitchen", "403")])
def test_a_channel_that_is_away_did_nothing_and_the_round_is_tried_again(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings, failure: Exception
) -> None:
    book.outbox, channel.failures = [batch()], [failure]
    with pytest.raises(ApplicationError) as raised:
        publish(steps)
    assert not raised.value.non_retryable
    assert book.states == [PushState.NOT_DONE]


def test_a_batch_whose_answer_was_lost_goes_again_under_the_same_key(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.outbox, channel.failures = [batch()], [OutcomeUnknown("shopify:kitchen", "no answer")]
    assert publish(steps).wait_seconds == 1.0
    assert book.answers == []
    publish(steps)
    assert [sent.batch_key for sent in channel.pushed] == ["batch-1", "batch-1"]
    assert book.states == [PushState.DONE]


def test_a_throttle_of_a_batch_that_was_sent_before_proves_nothing(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.outbox, channel.failures = [batch(sent_before=NOW)], [Throttled("shopify:kitchen", 1)]
    publish(steps)
    assert (book.answers, len(book.outbox)) == ([], 1)


@pytest.mark.parametrize(("sent_before", "state"), [(None, PushState.REFUSED), (NOW, PushState.UNKNOWN)])
def test_a_batch_that_the_channel_will_not_take_is_for_a_person(
    steps: PublishingActivities,
    book: FakeListingBook,
    channel: FakeListings,
    sent_before: datetime | None,
    state: PushState,
) -> None:
    book.outbox = [batch(sent_before=sent_before)]
    channel.failures = [Rejected("shopify:kitchen", "INVALID", "no such location")]
    publish(steps)
    assert [(answer.state, "no such location" in answer.reason) for answer in book.answers] == [(state, True)]


def test_nothing_is_sent_before_the_whole_catalogue_was_read(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.outbox = [batch()]
    del book.read_at[KITCHEN]
    assert publish(steps) == Published(catalogue_unread=True)
    assert (book.rounds, channel.pushed) == (0, [])


def test_nothing_is_sent_before_the_other_accounts_were_read_but_for_so_long_only(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    book.outbox, book.read_at = [batch()], {KITCHEN: NOW}
    held_back = publish(steps)
    assert (held_back.sent, held_back.others) == (0, (AccountRef(channel=Channel.AMAZON, account="kitchen_us"),))
    assert book.rounds == 0
    book.read_at[KITCHEN] = NOW - FIRST_READINGS - timedelta(seconds=1)
    assert publish(steps).sent == 1


def test_a_catalogue_is_read_to_its_end_and_what_is_gone_is_forgotten(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    channel.pages = [OfferPage(offers=(offer("PAN"), offer("LID")), next_token="2"), OfferPage(offers=(offer("POT"),))]
    done = read_catalogue(steps)
    assert (done.is_complete, done.listings, channel.asked) == (True, 3, [None, "2"])
    assert book.forgotten == [(Channel.SHOPIFY, "kitchen", NOW)]


def test_a_long_catalogue_goes_on_where_the_step_before_came_to(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    channel.pages = [OfferPage(offers=(offer(),), next_token=str(n + 2)) for n in range(PAGES_A_STEP)]
    first = read_catalogue(steps)
    assert (first.is_complete, first.page_token, book.forgotten) == (False, str(PAGES_A_STEP + 1), [])
    second = ActivityEnvironment().run(steps.read_catalogue, first)
    assert (second.is_complete, second.listings, channel.asked[-1]) == (True, PAGES_A_STEP, str(PAGES_A_STEP + 1))


def test_a_throttle_in_the_middle_of_a_catalogue_loses_no_page(
    steps: PublishingActivities, channel: FakeListings
) -> None:
    channel.pages = [OfferPage(offers=(offer(),), next_token="2"), Throttled("shopify:kitchen", 1)]
    assert read_catalogue(steps).page_token == "2"
    channel.pages = [Throttled("shopify:kitchen", 1)]
    with pytest.raises(ApplicationError):
        read_catalogue(steps, page_token="2", since=NOW)


def test_a_page_token_that_died_begins_the_catalogue_again(
    steps: PublishingActivities, book: FakeListingBook, channel: FakeListings
) -> None:
    channel.pages = [Rejected("shopify:kitchen", "INVALID", "cursor"), OfferPage(offers=(offer(),))]
    began = NOW - timedelta(hours=2)
    done = read_catalogue(steps, page_token="old", since=began, listings=7)
    assert (channel.asked, done.listings) == (["old", None], 1)
    assert book.forgotten == [(Channel.SHOPIFY, "kitchen", began)]
