"""An account against its channel: what is out of step and why, and which orders never reached us."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.books import Channels
from activities.reconciling import ReconcilingActivities, pace_beside
from activities.round_messages import AccountRef, OrdersPosition, Reconciled
from activities.sweeping import AccountFeed
from orderloom.domain.errors import Rejected, Throttled
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.listing.offers import OfferPage
from orderloom.domain.listing.reconcile import Cause
from orderloom.domain.listing.state import AlertKind, Lags
from orderloom.domain.ports import OrderIdPage
from starter.reconciling import unrepaired
from tests.workflows.fake_listings import KITCHEN, KITCHEN_US, FakeListingBook, FakeListings, offer, view
from tests.workflows.fakes import FakeChannel, FakePage

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = AccountRef(channel=Channel.SHOPIFY, account="kitchen")


@dataclass
class FakeRecentOrders:
    pages: list[OrderIdPage]
    asked: list[tuple[datetime, datetime, str | None]] = field(default_factory=list)

    def order_ids(
        self, since: datetime, until: datetime, page_token: str | None, *, changed: bool = False
    ) -> OrderIdPage:
        self.asked.append((since, until, page_token))
        return self.pages.pop(0)


class Scene:
    """The ports that a reconciliation touches, each as small as it can be."""

    def __init__(self) -> None:
        self.book, self.listings = FakeListingBook(), FakeListings()
        self.amazon, self.shopify = FakeChannel(), FakeChannel()
        self.recent = FakeRecentOrders([])
        self.known: set[OrderKey] = set()
        self.stored: list[NewEvent] = []
        self.waited: list[float] = []
        events = SimpleNamespace(store=self._store)
        orders = SimpleNamespace(find=lambda key: key if key in self.known else None)
        lags = Lags(effect=300, sight=360)
        given: dict[str, Any] = {
            "books": SimpleNamespace(events=events, orders=orders, clock=lambda: NOW),
            "listings": self.book,
            "policies": SimpleNamespace(lags=lambda channel, account: lags),
            "listing_channels": {KITCHEN: self.listings},
            "channels": Channels(SimpleNamespace(), {KITCHEN: self.shopify}),  # type: ignore[arg-type]
            "feeds": {KITCHEN_US: AccountFeed(self.amazon, timedelta(days=30))},
            "recent": {KITCHEN: self.recent},
            "pause": self.waited.append,
            "pace_seconds": 441.0,
        }
        self.steps = ReconcilingActivities(**given)

    def believe(self, *views: Any) -> None:
        self.book.shows = {str(one.key): one for one in views}

    def finds(self, *offers: Any) -> Reconciled:
        self.listings.pages = [OfferPage(offers=offers)]
        return ActivityEnvironment().run(self.steps.compare_listings, SHOP)

    def explain(self, report: Reconciled) -> Reconciled:
        return ActivityEnvironment().run(self.steps.explain_differences, report)

    def missing(self, account: tuple[Channel, str], **facts: object) -> OrdersPosition:
        position = OrdersPosition(channel=account[0], account=account[1], since=NOW - timedelta(days=1))
        return ActivityEnvironment().run(self.steps.find_missing_orders, position.model_copy(update=facts))

    def _store(self, event: NewEvent) -> object:
        duplicate = event.delivery_id in {other.delivery_id for other in self.stored}
        self.stored.append(event)
        return SimpleNamespace(duplicate=duplicate)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def amazon_event(number: int, updated: datetime) -> NewEvent:
    return NewEvent(
        origin="amazon:kitchen_us",
        topic="orders",
        delivery_id=f"{number}@{updated}",
        source=EventSource.SWEEP,
        body=b"{}",
        received_at=NOW,
        triggered_at=updated,
        order_key=OrderKey(channel=Channel.AMAZON, account="kitchen_us", order_id=str(number)),
    )


def causes(report: Reconciled) -> dict[str, tuple[int, Cause]]:
    return {row.listing: (row.difference, row.cause) for row in report.rows}


def test_an_account_in_step_has_nothing_to_report(scene: Scene) -> None:
    scene.believe(view("PAN", 5), view("LID", 0, state="paused"))
    report = scene.finds(offer("PAN", 5), offer("LID", 0))
    assert (report.rows, report.causes, report.ask_again_seconds) == ((), {"in_step": 2}, None)


def test_what_is_found_is_recorded_so_that_the_next_plan_repairs_it(scene: Scene) -> None:
    scene.believe(view("PAN", 5))
    scene.finds(offer("PAN", 9))
    assert [one.quantity for one in scene.book.recorded] == [9]
    assert scene.book.forgotten == [(Channel.SHOPIFY, "kitchen", NOW)]


def test_a_difference_is_explained_once_late_orders_have_arrived(scene: Scene) -> None:
    scene.believe(view("PAN", 5), view("LID", 5), view("POT", 5))
    report = scene.finds(offer("PAN", 3), offer("LID", 9), offer("POT", 4))
    assert causes(report) == {
        "LID": (4, Cause.UNEXPLAINED),
        "PAN": (-2, Cause.UNEXPLAINED),
        "POT": (-1, Cause.UNEXPLAINED),
    }
    assert report.ask_again_seconds == 420
    scene.believe(
        view("PAN", 3, alerts=(AlertKind.ORDERS_MISSING,)),
        view("LID", 9, alerts=(AlertKind.BEYOND_RIGHTS,)),
        view("POT", 4),
    )
    explained = scene.explain(report)
    assert {name: cause for name, (_, cause) in causes(explained).items()} == {
        "PAN": Cause.EDITED_BY_HAND,
        "LID": Cause.EDITED_BY_HAND,
        "POT": Cause.UNSEEN_ORDERS,
    }
    assert explained.causes == {"edited_by_hand": 2, "unseen_orders": 1}
    assert explained.ask_again_seconds is None


def test_what_cannot_be_compared_says_why(scene: Scene) -> None:
    scene.believe(
        view("NEW", None, state="unmapped"),
        view("OLD", 3, state="not counted"),
        view("FBA", None, state="fulfilled by amazon"),
        view("PAN", 5, pending="zero since 12:00"),
    )
    report = scene.finds(offer("NEW", 2), offer("OLD", 2), offer("FBA", None), offer("PAN", 0))
    assert {name: cause for name, (_, cause) in causes(report).items()} == {
        "NEW": Cause.UNMAPPED,
        "OLD": Cause.NOT_COUNTED,
        "PAN": Cause.BEING_WRITTEN,
    }
    assert report.causes["not_ours"] == 1


def test_a_sale_that_was_seen_during_the_reading_is_no_difference(scene: Scene) -> None:
    scene.believe(view("PAN", 5))

    class SellsMeanwhile(FakeListings):
        def offers(self, page_token: str | None) -> OfferPage:
            scene.believe(view("PAN", 4))
            return OfferPage(offers=(offer("PAN", 4),))

    scene.steps.listing_channels[KITCHEN] = SellsMeanwhile()  # type: ignore[index]
    assert ActivityEnvironment().run(scene.steps.compare_listings, SHOP).rows == ()


def test_a_throttled_reading_waits_and_goes_on_at_its_page(scene: Scene) -> None:
    scene.listings.pages = [
        OfferPage(offers=(offer("PAN", 5),), next_token="2"),
        Throttled("shopify:kitchen", 1.5),
        OfferPage(offers=(offer("LID", 5),)),
    ]
    report = ActivityEnvironment().run(scene.steps.compare_listings, SHOP)
    assert (report.listings, scene.waited, scene.listings.asked) == (2, [1.5], [None, "2", "2"])


def test_a_variant_that_shares_its_sku_is_named_with_what_to_do_if_that_is_a_mistake(scene: Scene) -> None:
    scene.believe(view("PAN", 5), view("LID", 2), view("variant:9", 4))
    facts = {"seller_sku": "PAN", "own_name": "variant:9"}
    report = scene.finds(offer("PAN", 5), offer("LID", 2), offer("variant:9", 4).model_copy(update=facts))
    assert report.causes == {"in_step": 3}
    (row,) = report.rows
    assert (row.listing, row.cause) == ("variant:9", Cause.IN_STEP)
    assert row.detail.startswith("has the SKU PAN, as another listing has, and is mapped by it.")
    assert "map variant:9 to what it is" in row.detail
    assert unrepaired(report) == 0, "several listings of one SKU are nothing unusual"


def test_an_amazon_order_that_we_do_not_know_is_stored_and_counted(scene: Scene) -> None:
    long_ago, just_now = NOW - timedelta(hours=3), NOW - timedelta(minutes=5)
    known = amazon_event(1, long_ago)
    assert known.order_key is not None
    scene.known = {known.order_key}
    events: Sequence[NewEvent] = (known, amazon_event(2, long_ago), amazon_event(3, just_now))
    scene.amazon.pages = [FakePage(tuple(events), "more", NOW)]
    position = scene.missing(KITCHEN_US)
    assert (position.missing, position.page_token, position.is_complete) == (1, "more", False)
    assert len(scene.stored) == 3, "the one that is still on its way is stored too: a repeat is recognised"


def test_a_long_comparison_of_orders_leaves_the_sweep_half_of_the_burst_and_then_goes_slowly(scene: Scene) -> None:
    scene.amazon.pages = [FakePage((), "more", NOW) for _ in range(11)]
    position, waits = scene.missing(KITCHEN_US), []
    for _ in range(10):
        waits.append(position.wait_seconds)
        position = scene.missing(KITCHEN_US, **position.model_dump(include={"page_token", "pages", "missing"}))
    assert [*waits, position.wait_seconds] == [0.0] * 9 + [441.0] * 2
    assert scene.missing(KITCHEN_US, page_token="more", pages=12).wait_seconds == 0.0, "it was the last one"


def test_the_pace_is_what_the_sweep_leaves() -> None:
    assert round(pace_beside(timedelta(seconds=300), 1.0)) == 441
    assert round(pace_beside(timedelta(seconds=180), 1.0)) == 1786, "nothing is left: a tenth, out of the burst"
    assert round(pace_beside(timedelta(seconds=60), 1.0)) == 1786
    assert round(pace_beside(timedelta(seconds=300), 60.0), 1) == 3.0


def test_a_page_token_that_died_begins_the_orders_again(scene: Scene) -> None:
    scene.amazon.pages = [Rejected("amazon:us", "InvalidInput", "token expired"), FakePage((), None, NOW)]
    assert scene.missing(KITCHEN_US, page_token="old").is_complete
    assert [token for _, token in scene.amazon.swept] == ["old", None]


def test_a_shopify_order_that_we_do_not_know_is_read_and_stored_for_the_relay(scene: Scene) -> None:
    scene.known = {OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1001")}
    scene.recent.pages = [OrderIdPage(order_ids=("1001", "1002"))]
    scene.shopify.fetches = [b'{"id": 1002}']
    position = scene.missing(KITCHEN)
    assert (position.missing, position.is_complete) == (1, True)
    (event,) = scene.stored
    assert (str(event.order_key), event.state) == ("shopify:kitchen:1002", EventState.STORED)
    assert scene.recent.asked == [(NOW - timedelta(days=1), NOW - timedelta(seconds=360), None)]
