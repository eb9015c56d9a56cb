"""The demo's judge notices each way in which orderloom and the sandbox could disagree."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.domain.records import OrderRecord, OrderStory, TimelineEntry
from orderloom.domain.stock import LedgerReport, StockCount, StockLevel, Violation
from orderloom.sandbox.truth import ConfirmationTruth, DispatchLine, DispatchTruth, OrderTruth, Truth
from starter.demo.judging import disagreements
from starter.demo.script import Twist
from tests.domain.orders import an_order

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = an_order().key
ORDER = OrderTruth(
    channel="shopify",
    account="kitchen",
    order_id=KEY.order_id,
    order_name="#1001",
    label="",
    status="FULFILLED",
    by_channel=False,
    placed_at=NOW,
    lines=(),
)
DISPATCH = DispatchTruth(
    node="own_warehouse",
    dispatch_id="d-1",
    order_name="#1001",
    state="shipped",
    reason="",
    asked=1,
    received_at=NOW,
    lines=(DispatchLine(line_id="1", sku="PAN", quantity=2),),
    tracking_numbers=("T1",),
    duplicate=False,
)
CONFIRMATION = ConfirmationTruth(
    channel="shopify",
    account="kitchen",
    order_id=KEY.order_id,
    order_name="#1001",
    reference="1",
    tracking_number="T1",
    carrier="UPS",
    lines=(),
    creations=1,
    edits=0,
)
TRUTH = Truth(orders=(ORDER,), dispatches=(DISPATCH,), confirmations=(CONFIRMATION,), deliveries=(), personal=())
BALANCED = LedgerReport(checked_at=NOW, skus=1, movements=1, reservations=1, violations=())
COUNTED = [StockCount(sku="PAN", node="own_warehouse", on_hand=5)]


def a_story(status: OrderStatus = OrderStatus.COMPLETED, key: OrderKey = KEY, hold: Hold | None = None) -> OrderStory:
    order = an_order().model_copy(update={"key": key})
    record = OrderRecord(order=order, status=status, hold=hold, nodes=(), arrived_at=NOW, updated_at=NOW)
    return OrderStory(record=record, reservation=(), decision=None, shipments=(), packages=(), timeline=())


def judge(
    truth: Truth = TRUTH,
    story: OrderStory | None = None,
    twist: Twist = Twist.PLAIN,
    on_hand: int = 3,
    ledger: LedgerReport = BALANCED,
) -> list[str]:
    levels = [StockLevel(sku="PAN", node="own_warehouse", on_hand=on_hand, allocated=0)]
    return disagreements(truth, [story or a_story()], {str(KEY): twist}, COUNTED, levels, ledger)


def with_dispatch(**changes: object) -> Truth:
    return TRUTH.model_copy(update={"dispatches": (DISPATCH.model_copy(update=changes),)})


def with_confirmations(*confirmations: ConfirmationTruth) -> Truth:
    return TRUTH.model_copy(update={"confirmations": confirmations})


def test_where_all_agree_there_is_nothing_to_say() -> None:
    assert judge() == []


STOLEN = Violation(invariant="on_hand is the sum", place="PAN at own_warehouse", detail="3 and 4")


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (lambda: judge(TRUTH.model_copy(update={"orders": ()})), "arrived and was never sold"),
        (lambda: judge(story=a_story(key=KEY.model_copy(update={"order_id": "9"}))), "was sold and never arrived"),
        (lambda: judge(story=a_story(OrderStatus.SHIPPED)), "is shipped and should be completed"),
        (lambda: judge(twist=Twist.FBA), "is completed and should be observed"),
        (lambda: judge(story=a_story(OrderStatus.CANCELLED), twist=Twist.CANCELLED), "should be completed"),
        (lambda: judge(with_dispatch(state="cancelled"), twist=Twist.CANCELLED), "should be cancelled"),
        (lambda: judge(story=a_story(OrderStatus.HELD), twist=Twist.SHORT), "held without a reason and a fix"),
        (lambda: judge(with_dispatch(duplicate=True)), "was asked to ship #1001 again"),
        (lambda: judge(with_confirmations()), "package T1 was confirmed 0 times"),
        (
            lambda: judge(with_confirmations(CONFIRMATION.model_copy(update={"creations": 2}))),
            "package T1 was confirmed 2 times",
        ),
        (lambda: judge(with_dispatch(tracking_numbers=("T2",))), "T1 was confirmed and never shipped"),
        (
            lambda: judge(TRUTH.model_copy(update={"orders": (ORDER.model_copy(update={"status": "UNFULFILLED"}),)})),
            "completed here and UNFULFILLED at the channel",
        ),
        (lambda: judge(on_hand=5), "the ledger has 5, the shelf 3"),
        (lambda: judge(ledger=BALANCED.model_copy(update={"violations": (STOLEN,)})), "ledger: on_hand is the sum"),
    ],
)
def test_each_disagreement_is_a_failure_in_words(look: Callable[[], list[str]], words: str) -> None:
    assert any(words in failure for failure in look()), look()


def test_a_cancellation_between_a_box_s_leaving_and_its_confirmation_is_no_failure_where_the_story_says_so() -> None:
    cancelled = ORDER.model_copy(update={"status": "CANCELLED"})
    truth = TRUTH.model_copy(update={"orders": (cancelled,), "confirmations": ()})
    assert len(judge(truth, twist=Twist.CANCELLED)) == 2, "told of by nobody"
    said = (TimelineEntry(at=NOW, what="cancel_too_late", text="its package has left"),)
    assert judge(truth, a_story().model_copy(update={"timeline": said}), Twist.CANCELLED) == []
    twice = CONFIRMATION.model_copy(update={"creations": 2})
    truth = truth.model_copy(update={"confirmations": (twice,)})
    assert judge(truth, a_story().model_copy(update={"timeline": said}), Twist.CANCELLED)


def test_a_hold_with_a_reason_and_a_fix_is_as_it_should_be() -> None:
    hold = Hold(reason=HoldReason.OUT_OF_STOCK, detail="1 of PAN short", fix="count it")
    nothing_left = Truth(orders=(ORDER,), dispatches=(), confirmations=(), deliveries=(), personal=())
    assert judge(nothing_left, a_story(OrderStatus.HELD, hold=hold), Twist.SHORT, on_hand=5) == []
