"""The parts of the live flash sale that need no stack: its buyers, its judge and the connector beside it."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from orderloom.domain.errors import Throttled
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, OfferPage, PushAnswer, PushState
from orderloom.sandbox.listing_truth import ListingChange, ListingTruth, Why
from starter.bench.live.buyers import Attendance, attend
from starter.bench.live.connector import BatchConnector
from starter.bench.live.sale import FLIP, LiveSale, Visit, open_sale
from starter.bench.live.tally import BATCH, ORDERLOOM, compare, tally


class Shelf:
    """What two channels show, each decremented by its own sales."""

    def __init__(self, **shown: int) -> None:
        self.units = dict(shown)

    def buy(self, channel: str) -> bool:
        self.units[channel] -= (bought := self.units[channel] > 0)
        return bought


class ShelfChannel:
    """A channel whose writes take effect at once; the first one is asked to wait."""

    pushes_at_once = reads_at_once = 1

    def __init__(self, shelf: Shelf, channel: Channel) -> None:
        self.shelf, self.channel, self.asked = shelf, channel, 0

    def push(self, batch: Batch) -> Sequence[PushAnswer]:
        self.asked += 1
        if self.asked == 1:
            raise Throttled("shelf", 0.001)
        (push,) = batch.pushes
        self.shelf.units[self.channel] = push.quantity
        return [PushAnswer(push_id=push.push_id, state=PushState.DONE, at=datetime.now(UTC))]

    def offers(self, page_token: str | None) -> OfferPage:
        raise NotImplementedError

    def read(self, wanted: Sequence[Offer]) -> Sequence[Offer]:
        raise NotImplementedError


def sale(*visits: tuple[float, str], stock: int) -> LiveSale:
    return LiveSale(
        seed=1, scenario="published", seconds=1.0, stock=stock, visits=tuple(Visit(*visit) for visit in visits)
    )


def test_a_sale_is_the_published_one_in_proportion_and_the_same_for_a_seed() -> None:
    small = open_sale(7, 20.0, 3.0)
    assert small == open_sale(7, 20.0, 3.0) != open_sale(8, 20.0, 3.0)
    assert Counter(visit.channel for visit in small.visits) == {"shopify": 36, "amazon": 24}
    assert small.stock == 31
    assert [visit.at for visit in small.visits] == sorted(visit.at for visit in small.visits)
    assert small.visits[-1].at < 20.0
    assert round(small.batch_seconds, 2) == 6.67
    whole = open_sale(7, 2700.0, 3.0)
    assert (len(whole.visits), whole.stock, whole.batch_seconds) == (233, 120, 900.0)


def test_in_a_flip_the_buyers_change_over_to_the_other_channel_when_half_the_stock_is_wanted() -> None:
    played = open_sale(7, 90.0, 1.0, FLIP)
    before, after = (
        Counter(visit.channel for visit in part)
        for part in (played.visits[: played.stock // 2], played.visits[played.stock // 2 :])
    )
    first, second = before.most_common(1)[0][0], after.most_common(1)[0][0]
    assert first != second
    assert before[first] >= 0.8 * before.total()
    assert after[second] >= 0.8 * after.total()
    assert played.visits[-1].at < 90.0


def test_buyers_take_what_is_listed_and_are_turned_away_where_nothing_is() -> None:
    shelf = Shelf(amazon=0, shopify=1)
    found = attend(sale((0.0, "shopify"), (0.01, "shopify"), (0.02, "amazon"), stock=4), shelf, threading.Event())
    assert (found.bought, found.turned_away) == ({"shopify": 1}, 2)
    assert (found.closed_at - found.opened_at).total_seconds() >= 0.02


def test_who_comes_when_the_stock_is_gone_was_not_turned_away() -> None:
    found = attend(sale((0.0, "shopify"), (0.0, "amazon"), stock=1), Shelf(amazon=0, shopify=1), threading.Event())
    assert (found.bought.total(), found.turned_away) == (1, 0)


def test_a_sale_that_is_broken_off_ends_at_once() -> None:
    stop = threading.Event()
    stop.set()
    assert not attend(sale((60.0, "shopify"), stock=1), Shelf(shopify=1), stop).bought


def offer(channel: Channel) -> Offer:
    key = ListingKey(channel=channel, account="kitchen", listing="FLASH")
    return Offer(key=key, reference="1", quantity=0, read_at=datetime.now(UTC))


def test_the_batch_connector_writes_what_is_left_everywhere_and_so_sells_it_twice() -> None:
    shelf, sold = Shelf(amazon=0, shopify=0), Counter[str]()
    channels = {channel.value: ShelfChannel(shelf, channel) for channel in Channel}
    connector = BatchConnector(
        stock=2,
        channels=channels,
        offers={channel.value: offer(channel) for channel in Channel},
        sold={channel.value: partial(sold.__getitem__, channel.value) for channel in Channel},
    )
    assert connector.publish() == 2
    assert (shelf.units, connector.pushes) == ({"amazon": 2, "shopify": 2}, 2), "it waits as it is asked to"
    assert [shelf.buy(channel) for channel in ("amazon", "shopify") for _ in range(2)] == [True] * 4
    sold.update({"amazon": 2, "shopify": 2})
    assert connector.publish() == 0
    assert connector.pushes == 4


OPENED = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def changed(second: float, why: Why, before: int, after: int) -> ListingChange:
    return ListingChange(at=OPENED + timedelta(seconds=second), why=why, before=before, after=after)


def listing(channel: Channel, sold: int, *changes: ListingChange) -> ListingTruth:
    return ListingTruth(
        channel=channel,
        account="kitchen",
        sku="FLASH",
        quantity=changes[-1].after,
        by_channel=False,
        allows_overselling=False,
        asked_at=OPENED + timedelta(seconds=20),
        changes=changes,
        sold=sold,
        sold_beyond=0,
        turned_away_buyers=0,
        turned_away_units=0,
        mistakes=(),
    )


def attended(turned_away: int = 0) -> Attendance:
    return Attendance(opened_at=OPENED, closed_at=OPENED + timedelta(seconds=10), turned_away=turned_away)


AMAZON = listing(
    Channel.AMAZON,
    3,
    changed(-5, Why.PATCH, 0, 2),
    changed(1, Why.SALE, 2, 1),
    changed(2, Why.SALE, 1, 0),
    changed(4, Why.PATCH, 0, 1),
    changed(8, Why.SALE, 1, 0),
)
SHOPIFY = listing(
    Channel.SHOPIFY, 2, changed(-5, Why.PATCH, 0, 5), changed(6, Why.SALE, 5, 4), changed(7, Why.SALE, 4, 3)
)


def test_a_sale_is_judged_by_what_the_channels_sold_and_showed() -> None:
    visits = [(0.0, "amazon")] * 7
    found = tally(sale(*visits, stock=6), ORDERLOOM, attended(turned_away=1), [AMAZON, SHOPIFY])
    assert (found.demand, found.sold, found.oversold, found.unsold) == (7, 5, 0, 1)
    assert (found.turned_away, found.pushes) == (1, 1), "what was written before the opening is no push"
    assert (found.refills, found.drains) == (1, 0)
    assert found.dark_pct.amazon == 40.0, "from 2 to 4 and from 8 to 10 of 10 seconds"
    assert found.dark_pct.shopify == 0.0
    short = tally(sale(*visits, stock=4), BATCH, attended(), [AMAZON, SHOPIFY])
    assert (short.oversold, short.unsold) == (1, 0)
    assert short.dark_pct.amazon == round(100 * 2 / 7, 1), "the stock was gone after 7 seconds"


def test_units_that_were_moved_are_told_by_the_way_they_went() -> None:
    emptied = listing(Channel.AMAZON, 0, changed(-5, Why.PATCH, 0, 4), changed(1, Why.PATCH, 4, 0))
    given = listing(Channel.SHOPIFY, 0, changed(-5, Why.PATCH, 0, 4), changed(3, Why.PATCH, 4, 8))
    found = tally(sale((0.0, "shopify"), stock=8), ORDERLOOM, attended(), [emptied, given], ["late_order"])
    assert (found.pushes, found.refills, found.drains, found.alarms) == (2, 0, 1, ("late_order",))


def test_a_comparison_adds_up_each_contender() -> None:
    played = sale((0.0, "amazon"), (0.0, "shopify"), stock=4)
    first, second = (tally(played, BATCH, attended(), shown) for shown in ([AMAZON, SHOPIFY], [SHOPIFY]))
    compared = compare([played], [tally(played, ORDERLOOM, attended(), [AMAZON]), first, second])
    ours, batch = compared.total(ORDERLOOM), compared.total(BATCH)
    assert (ours.sales, ours.oversold, ours.oversold_sales) == (1, 0, 0)
    assert (batch.sales, batch.sold, batch.oversold, batch.oversold_sales, batch.pushes) == (2, 7, 1, 1, 1)
    assert (batch.refills, batch.drains, batch.moved_sales, batch.alarms) == (1, 0, 1, 0)
