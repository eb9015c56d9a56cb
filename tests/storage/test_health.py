"""The rates that Amazon judges a seller by, counted from orders that went through the real store."""

from datetime import datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, select, update

from orderloom.domain.cancellations import Cancellation, CancellationState, CancelReason
from orderloom.domain.carriers import CarrierSettings, CarrierTable
from orderloom.domain.health import AccountHealth, Grade, cancellations, late_shipments, valid_tracking
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import Hold, HoldReason, OrderStatus, TimeWindow
from orderloom.domain.records import TimelineEntry
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, ConfirmedLine
from orderloom.storage.database import Database
from orderloom.storage.migrating import alembic_config, bring_up_to_date
from orderloom.storage.store import Store, open_store
from orderloom.storage.tables import orders
from tests.storage.shop import KEYS, NODES, START, Clock, decision, key, order, package, planned, reading, stocked

DAY = timedelta(days=1)
REJECTED = Hold(reason=HoldReason.CONFIRMATION_REJECTED, detail="Amazon does not take it", fix="retry")


@pytest.fixture
def seller(store: Store) -> Store:
    """Live from the first moment of these tests, with stock for all of them."""
    store.orders.live_from(Channel.AMAZON, "kitchen")
    stocked(store, PAN=100)
    return store


def sell(
    store: Store, number: int, ship_by: datetime, placed_at: datetime = START, account: str = "kitchen"
) -> OrderKey:
    mine = OrderKey(channel=Channel.AMAZON, account=account, order_id=str(number))
    sold = order(number, key=mine, placed_at=placed_at, ship_by=TimeWindow(latest=ship_by))
    store.orders.record(reading(sold), f"e{number}")
    store.ledger.reserve(sold, "own")
    store.ledger.decide(decision(mine, placed_at, planned(1, "east", ("1", "PAN", 1))))
    return mine


def ship(store: Store, mine: OrderKey, carrier: str = "UPS", tracking: str = "1Z1") -> None:
    """The node ships it; nobody has been told yet."""
    begun = store.shipments.begin_dispatch(mine, 1)
    box = package("box", ("1", "PAN", 1)).model_copy(update={"carrier": carrier, "tracking_number": tracking})
    store.shipments.add_package(begun.dispatch_id, box)
    store.ledger.ship(mine, 1, box)


def confirm(store: Store, mine: OrderKey, stands: OrderStatus = OrderStatus.COMPLETED) -> None:
    (known,) = store.shipments.packages(mine)
    told = Confirmation(key=mine, number=1, package=known.package, lines=(ConfirmedLine(line_id="1", quantity=1),))
    store.shipments.confirmed(told, 0, ConfirmationReceipt(reference="1"))
    store.orders.set_status(mine, stands)


def of_account(store: Store, account: str = "kitchen") -> AccountHealth:
    (found,) = store.health.measure([account]).accounts
    return found


def test_an_order_is_late_by_the_time_of_its_confirmation_not_of_its_parcel(seller: Store, clock: Clock) -> None:
    in_time, late, never, not_yet = (sell(seller, number, START + DAY) for number in (1, 2, 3, 4))
    seller.orders.record(reading(order(4, key=not_yet, ship_by=TimeWindow(latest=START + 9 * DAY))), "again")
    for mine in (in_time, late, never):
        ship(seller, mine)
    clock.advance(hours=23)
    confirm(seller, in_time)
    clock.advance(hours=2)
    confirm(seller, late)
    found = of_account(seller).late_shipments
    assert (found.part, found.whole, found.grade) == (2, 3, Grade.BAD), "one late, one not confirmed; one has time"
    clock.advance(days=31)
    assert of_account(seller).late_shipments.whole == 1, "only the one whose time came in the last 30 days"


def test_only_the_account_s_own_orders_count_and_of_those_what_is_ours_to_ship(seller: Store, clock: Clock) -> None:
    sell(seller, 1, START + DAY)
    sell(seller, 2, START + DAY, placed_at=START - DAY)  # from before it went live
    sell(seller, 3, START + DAY, account="kitchenxus")
    observed = sell(seller, 4, START + DAY)
    seller.orders.set_status(observed, OrderStatus.OBSERVED)
    adopted = sell(seller, 5, START + DAY, placed_at=START - DAY)
    seller.orders.adopt(adopted)
    clock.advance(days=2)
    assert of_account(seller).late_shipments.whole == 2
    assert of_account(seller, "kitchen_us").late_shipments.whole == 0, "an underscore is no wildcard"


def test_a_cancellation_counts_where_the_buyer_did_not_ask_for_it_and_nothing_had_left(
    seller: Store, clock: Clock
) -> None:
    by_buyer, by_us, refused, shipped, by_amazon, kept = (sell(seller, n, START + DAY) for n in range(1, 7))
    for mine, reason in (
        (by_buyer, CancelReason.BUYER),
        (by_us, CancelReason.OUT_OF_STOCK),
        (refused, CancelReason.MERCHANT),
        (shipped, CancelReason.MERCHANT),
    ):
        seller.cancellations.ask(Cancellation(key=mine, reason=reason))
    seller.cancellations.answered(refused, CancellationState.REJECTED, "the order is shipped")
    ship(seller, shipped)
    clock.advance(days=8)
    for mine in (by_buyer, by_us, by_amazon):
        seller.orders.set_status(mine, OrderStatus.CANCELLED)
    found = of_account(seller)
    assert (found.cancellations.part, found.cancellations.whole) == (2, 6), "ours, and what Amazon cancelled as late"
    assert found.late_shipments.whole == 3, "what is cancelled is not late as well"
    assert kept


def test_an_order_confirmed_in_time_is_not_late_for_what_happens_to_its_package_later(
    seller: Store, clock: Clock
) -> None:
    lost, untold = (sell(seller, number, START + DAY) for number in (1, 2))
    for mine in (lost, untold):
        ship(seller, mine)
    confirm(seller, lost, OrderStatus.HELD)
    clock.advance(days=2)
    found = of_account(seller).late_shipments
    assert (found.part, found.whole) == (1, 2), "only the one that Amazon was not told of"


def test_tracking_is_valid_where_amazon_took_the_number_and_follows_the_carrier(seller: Store, clock: Clock) -> None:
    carriers = ("ups", "Fed-Ex", "Bob's Bikes", "UPS", "UPS", "UPS")
    sold = [sell(seller, number, START + DAY) for number in range(1, 7)]
    for mine, carrier in zip(sold, carriers, strict=True):
        ship(seller, mine, carrier, tracking="" if mine == sold[3] else "1Z1")
    for mine in sold[:4]:
        confirm(seller, mine)
    seller.orders.set_status(sold[4], OrderStatus.SHIPPED, hold=REJECTED)
    clock.advance(hours=1)
    found = of_account(seller).valid_tracking
    assert (found.part, found.whole) == (2, 5), "no such carrier, no number, not taken; the last is not told yet"


def test_a_merchants_table_says_which_carriers_amazon_follows_and_which_nobody_knows(
    seller: Store, clock: Clock
) -> None:
    for number, carrier in enumerate(("HC", "HC", "UPS"), 1):
        mine = sell(seller, number, START + DAY)
        ship(seller, mine, carrier)
        confirm(seller, mine)
    clock.advance(hours=1)
    assert seller.health.carriers() == {"HC": 2, "UPS": 1}
    table = CarrierTable({"Harbor Couriers": CarrierSettings(spellings=("HC",), amazon="HRBR")})
    (found,) = seller.health.measure(["kitchen"], table).accounts
    assert (of_account(seller).valid_tracking.part, found.valid_tracking.part) == (1, 3)
    clock.advance(days=31)
    assert seller.health.carriers() == {}


def test_an_account_without_orders_has_no_rates(seller: Store) -> None:
    found = of_account(seller)
    assert found.grade is Grade.NONE
    assert found.late_shipments.rate is None


def test_late_now_is_what_was_called_out_and_has_not_left(seller: Store, clock: Clock) -> None:
    waiting, gone, silent, done = (sell(seller, number, START + number * timedelta(hours=1)) for number in (1, 2, 3, 4))
    for mine in (waiting, gone, done):
        seller.orders.note(mine, TimelineEntry(at=START, what="ship_by_late", text="is late"))
    ship(seller, gone)
    ship(seller, done)
    confirm(seller, done)
    seller.orders.set_status(gone, OrderStatus.SHIPPED, hold=REJECTED)
    clock.advance(days=1)
    found = seller.health.measure([])
    assert [late.key for late in found.late] == [waiting]
    assert (found.late_count, found.accounts) == (1, ())
    assert silent
    seller.orders.record(reading(order(1, key=waiting, ship_by=TimeWindow(latest=START + 9 * DAY))), "promised anew")
    assert seller.health.measure([]).late_count == 0


@pytest.mark.parametrize(
    ("part", "whole", "grade"),
    [
        (0, 0, Grade.NONE),
        (0, 9, Grade.OK),
        (29, 1000, Grade.OK),
        (30, 1000, Grade.WARN),
        (39, 1000, Grade.WARN),
        (40, 1000, Grade.BAD),
        (1, 1, Grade.BAD),
    ],
)
def test_a_late_rate_warns_from_three_per_cent_and_is_bad_from_four(part: int, whole: int, grade: Grade) -> None:
    assert late_shipments(part, whole).grade is grade


def test_the_targets_are_those_that_amazon_publishes() -> None:
    assert [cancellations(part, 1000).grade for part in (18, 19, 24, 25)] == ["ok", "warn", "warn", "bad"]
    assert [valid_tracking(part, 1000).grade for part in (970, 960, 950, 949)] == ["ok", "warn", "warn", "bad"]
    assert [late_shipments(0, 0).target, cancellations(0, 0).target, valid_tracking(0, 0).target] == [0.04, 0.025, 0.95]


def test_orders_from_before_are_given_their_times_by_the_migration(blank_url: str) -> None:
    store = open_store(blank_url, KEYS, nodes=NODES)
    store.orders.record(reading(order(1, ship_by=TimeWindow(latest=START + DAY))), "e1")
    store.orders.record(reading(order(2, ship_by=TimeWindow())), "e2")
    store.close()
    database = Database(blank_url)

    def take_back(connection: Connection) -> None:
        connection.execute(update(orders).values(placed_at=None, ship_by=None))
        command.downgrade(alembic_config(connection), "0010")

    database.write(take_back)
    bring_up_to_date(database)
    columns = select(orders.c.order_key, orders.c.placed_at, orders.c.ship_by).order_by(orders.c.order_key)
    found = database.read(lambda connection: [tuple(row) for row in connection.execute(columns)])
    database.close()
    assert found == [(str(key(1)), START, START + DAY), (str(key(2)), START, None)]
