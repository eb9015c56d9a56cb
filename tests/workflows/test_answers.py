"""An order whose rules hang on what a service answers, over real HTTP: asked once, then planned, whatever dies."""

from collections.abc import AsyncIterator

import pytest

from activities.messages import LookAgain
from orderloom.domain.orders import HoldReason, OrderStatus
from tests.fulfillment.services import Service
from tests.workflows.acting import connect
from tests.workflows.test_what_temporal_sees import every_text
from tests.workflows.world import World


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    with Service().serving() as service:
        connect(world, service)
        yield service


async def test_nothing_is_planned_before_the_answer_and_the_answer_chooses_the_node(
    world: World, service: Service
) -> None:
    service.answers.append((200, {"risk": 0.5, "advice": "sign", "buyer": "Wilhelmina Quackenbush"}))
    service.may_answer.clear()
    order = await world.arrive(world.order(tags=("scored",)))
    await world.until(lambda: service.calls)
    asking = world.store.stories.show(world.key).decision
    assert asking is not None
    assert (asking.asks, asking.plan) == (("fraud_score",), ())
    assert (world.own.asked, world.harbor.asked) == ([], [])
    service.may_answer.set()
    await world.until(lambda: world.harbor.asked)
    decision = world.store.stories.show(world.key).decision
    assert decision is not None
    assert decision.inputs is not None
    assert decision.inputs.answers == {"fraud_score": {"risk": 0.5, "advice": "sign"}}
    await world.ship(world.harbor)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (len(service.calls), world.own.asked) == (1, [])
    assert "Quackenbush" not in await every_text(order)


async def test_a_refused_order_is_decided_again_by_the_answer_that_is_there(world: World, service: Service) -> None:
    service.answers.append((200, {"risk": 0.1, "advice": "go"}))
    world.own.refuses = "no box"
    await world.arrive(world.order(tags=("scored",)))
    await world.until(lambda: world.harbor.shipments)
    assert len(service.calls) == 1


async def test_a_doubtful_order_is_held_by_the_answer_it_was_decided_with_and_asked_anew_by_a_person(
    world: World, service: Service
) -> None:
    service.answers += [(200, {"risk": 0.9}), (200, {"risk": 0.2})]
    await world.arrive(world.order(tags=("scored",)))
    await world.until_held(HoldReason.ACTION_HOLDS)
    assert (len(service.calls), world.own.asked) == (1, [])
    assert (await world.ask("retry")).done
    await world.until_status(OrderStatus.DISPATCHED)
    assert len(service.calls) == len(set(service.keys)) == 2


async def test_an_order_whose_service_fails_is_held_and_goes_on_by_the_answer_or_by_a_person(
    world: World, service: Service
) -> None:
    service.answers += [(400, {"code": "bad"}), (200, {"score": 1})]
    await world.arrive(world.order(tags=("scored",)))
    await world.until_held(HoldReason.ACTION_FAILED)
    await world.ask("retry")
    await world.until(lambda: len(service.calls) == 2)
    await world.until_card("its answer has none of risk, advice, as declared")
    assert len(set(service.keys)) == 1, "it never answered what was asked: the same call again"
    assert (await world.ask("release", "I know him")).done
    await world.until_status(OrderStatus.DISPATCHED)
    decision = world.store.stories.show(world.key).decision
    assert decision is not None
    assert decision.inputs is not None
    assert decision.inputs.answers == {"fraud_score": {}}
    assert [verdict.rule for verdict in decision.trace if verdict.missing] == [
        "Some are doubtful",
        "Some are signed for",
    ]


async def test_an_answer_is_asked_for_again_under_the_same_key_after_the_workflow_was_lost(
    world: World, service: Service
) -> None:
    service.answers += [None, (200, {"risk": 0.1, "advice": "go"})]
    service.may_answer.clear()
    order = await world.arrive(world.order(tags=("scored",)))
    await world.until(lambda: service.calls)
    await order.terminate("lost")
    service.may_answer.set()
    await world.restart(LookAgain(reason="lost"))
    await world.until_status(OrderStatus.DISPATCHED)
    assert len(set(service.keys)) == 1
    assert world.texts.count("fraud_score was called") == 1


async def test_an_order_is_cancelled_while_its_answer_is_awaited(world: World, service: Service) -> None:
    service.may_answer.clear()
    order = await world.arrive(world.order(tags=("scored",)))
    await world.until(lambda: service.calls)
    service.may_answer.set()
    await world.ask("cancel", "the buyer called")
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.reserved("PAN"), world.own.asked) == (0, [])
