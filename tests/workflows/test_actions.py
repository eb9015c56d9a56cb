"""What a rule has done beside shipping, over real HTTP: held back, carried on, and never done twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.acting import ActingActivities
from activities.books import Books
from activities.messages import LookAgain
from activities.rule_messages import ActionStep
from orderloom.domain.actions import ActionState
from orderloom.domain.cancellations import CancelReason
from orderloom.domain.orders import HoldReason, OrderStatus
from tests.fulfillment.services import Service
from tests.workflows.acting import connect
from tests.workflows.test_what_temporal_sees import every_text
from tests.workflows.world import PERSONAL_WORDS, World


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    with Service().serving() as service:
        connect(world, service)
        yield service


async def test_an_answer_before_dispatch_holds_the_order_until_a_person_lets_it_go(
    world: World, service: Service
) -> None:
    service.answers.append((200, {"risk": 0.9}))
    await world.arrive(world.order(tags=("check",)))
    await world.until_held(HoldReason.ACTION_HOLDS)
    assert world.own.asked == []
    service.answers.append((200, {"risk": 0.85}))
    service.may_answer.clear()
    assert (await world.ask("retry")).done, "it is being asked again"
    assert world.hold is None
    service.may_answer.set()
    await world.until_held(HoldReason.ACTION_HOLDS)
    assert len(set(service.keys)) == 2, "a person asked anew"
    await world.until_card("answer.risk > 0.8")
    assert (await world.ask("release", "I know him")).done
    await world.until_status(OrderStatus.DISPATCHED)
    await world.until(lambda: len(service.calls) == 3)
    assert "after_dispatch" in service.keys[2]


async def test_an_answer_before_dispatch_cancels_the_order(world: World, service: Service) -> None:
    service.answers.append((200, {"risk": 0.99}))
    order = await world.arrive(world.order(tags=("check",)))
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.reserved("PAN"), world.own.asked) == (0, [])
    assert [told.reason for told in world.shopify.cancelled] == [CancelReason.RISK]
    assert world.store.ledger.verify().violations == ()
    story = world.store.stories.show(world.key)
    assert "fraud_check answered so that `answer.risk > 0.95`" in [entry.text for entry in story.timeline]


async def test_an_action_that_fails_lets_the_order_go_on_where_its_answer_does_not_count(
    world: World, service: Service
) -> None:
    service.answers.append((400, {"code": "bad"}))
    order = await world.arrive(world.order(tags=("chat",)))
    await world.until_status(OrderStatus.DISPATCHED)
    assert any("notify_chat failed and the order goes on without it" in text for text in world.texts)
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_an_action_whose_answer_counts_holds_the_order_where_it_fails(world: World, service: Service) -> None:
    service.answers.append((400, {"code": "bad"}))
    await world.arrive(world.order(tags=("check",)))
    await world.until_held(HoldReason.ACTION_FAILED)
    assert world.own.asked == []
    service.answers.append((200, {"risk": 0.1}))
    await world.ask("retry")
    await world.until_status(OrderStatus.DISPATCHED)
    assert service.keys[0] == service.keys[1], "it was never answered: the same call again"


async def test_an_action_that_gives_no_answer_for_too_long_is_given_up(world: World, service: Service) -> None:
    service.answers += [(503, {})] * 1000
    order = await world.arrive(world.order(tags=("check",)))
    await world.until(lambda: service.calls)
    await world.fast_forward(order, minutes=16)
    await world.until_held(HoldReason.ACTION_FAILED)
    assert world.hold is not None
    assert "fraud_check could not be called: " in world.hold.detail
    service.answers[:] = [(200, {"risk": 0.1})]
    await world.ask("retry")
    await world.until_status(OrderStatus.DISPATCHED)
    checks = [key for key in service.keys if "fraud_check" in key]
    assert len(set(checks)) == 1, "it was never answered: the same call again"


async def test_an_action_that_has_left_the_configuration_holds_the_order_at_once(
    world: World, service: Service
) -> None:
    await world.arrive(world.order(tags=("gone",)))
    await world.until_held(HoldReason.ACTION_FAILED)
    assert world.hold is not None
    assert "is not in the configuration any more; declare it again under `actions`" in world.hold.detail
    assert (await world.ask("release", "no printer, no card")).done
    await world.until_status(OrderStatus.DISPATCHED)
    assert service.calls == []


async def test_an_action_after_dispatch_is_done_although_the_order_lost_its_workflow(
    world: World, service: Service
) -> None:
    service.answers += [(200, {"risk": 0.1}), *[(503, {})] * 1000]
    order = await world.arrive(world.order(tags=("check",)))
    await world.until(lambda: len(service.calls) > 1)
    await order.terminate("lost")
    service.answers.clear()
    world.own.ship(world.own.asked[0].dispatch_id)
    await world.restart(LookAgain(reason="lost"))
    await world.until_status(OrderStatus.COMPLETED)
    assert world.texts.count("notify_chat was called") == 1
    assert ["fraud_check" in key for key in service.keys] == [True] + [False] * (len(service.keys) - 1)
    assert len(set(service.keys)) == 2, "the same decision, whoever carries it on"


async def test_what_an_action_sends_of_the_buyer_reaches_its_service_and_nothing_else(
    world: World, service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    quoted = {"code": "no", "error": "no card for Wilhelmina Quackenbush of 42 Featherstone Lane"}
    service.answers += [(500, quoted), (400, quoted)]
    order = await world.arrive(world.order(tags=("card",)))
    await world.until_status(OrderStatus.DISPATCHED)
    told = {"for": "Wilhelmina Quackenbush", "at": "42 Featherstone Lane"}
    assert [body for _, _, body in service.calls] == [told, told]
    files = database_of(tmp_path)
    assert world.key.order_id in files
    for said in (await every_text(order), files, caplog.text):
        assert [word for word in PERSONAL_WORDS if word.lower() in said.lower()] == []


def database_of(home: Path) -> str:
    """Every byte that the store wrote, its log of changes included."""
    return b"".join(file.read_bytes() for file in home.glob("orderloom.db*")).decode("latin-1")


async def test_an_order_is_cancelled_while_an_action_is_under_way(world: World, service: Service) -> None:
    service.may_answer.clear()
    order = await world.arrive(world.order(tags=("check",)))
    await world.until(lambda: service.calls)
    service.may_answer.set()
    await world.ask("cancel", "the buyer called")
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert world.reserved("PAN") == 0


async def test_what_a_dead_worker_called_is_called_again_under_the_same_key_and_once_it_answered_never(
    world: World, service: Service
) -> None:
    await world.arrive(world.order(tags=("chat",)))
    await world.until_status(OrderStatus.DISPATCHED)
    decision = world.store.stories.show(world.key).decision
    assert decision is not None
    store = world.store
    books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
    steps = ActingActivities(books, store.actions, {"notify_chat": world.actions.notify_chat})
    asked = ActionStep(key=world.key, act=decision.then[0], decision="another", decided_at=decision.decided_at)
    before = len(service.calls)
    service.answers.append(None)
    with pytest.raises(Exception, match="gave no answer"):
        steps.run_action(asked)
    assert steps.run_action(asked).state is ActionState.PASSED
    assert steps.run_action(asked).state is ActionState.PASSED
    assert len(service.keys[before:]) == 2
    assert len(set(service.keys[before:])) == 1
