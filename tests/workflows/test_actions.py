"""What a rule has done beside shipping, over real HTTP: held back, carried on, and never done twice."""

from collections.abc import AsyncIterator

import pytest

from activities.acting import ActingActivities
from activities.books import Books
from activities.rule_messages import ActionStep
from orderloom.domain.actions import ActionState
from orderloom.domain.orders import HoldReason, OrderStatus
from tests.fulfillment.services import Service
from tests.workflows.acting import connect
from tests.workflows.world import World


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
    again = await world.ask("retry")
    await world.until(lambda: len(service.calls) == 2)
    assert again.done, "it is being asked again"
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
