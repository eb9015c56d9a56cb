"""SIGKILL of the worker and of Temporal at a random moment, answers lost all the while: the same end state.

The moment is drawn from a seed that a failure shows; ORDERLOOM_CHAOS_SEED plays it again.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import OrderStatus
from orderloom.sandbox.knobs import DeliveryKnobs, Faults, Knobs, NodeKnobs
from starter.stack import Stack
from tests.e2e.kitchen import Kitchen, until
from tests.fulfillment.services import Service

SHIPPED_CONFIG = Path(__file__).parents[2] / "config" / "orderloom.yaml"
ORDERS = 20
BAD_WEATHER_SECONDS = 20.0
"""Beyond the death itself. Retries come later and later, so an order that is unlucky often enough would be waited for
in vain: once the weather clears, its next call is the last, and due no later than the bad weather was long."""
STAGES = (OrderStatus.RESERVED, OrderStatus.ROUTED, OrderStatus.DISPATCHED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)


CHECKED_FIRST = """rules:
  - name: Some are checked first
    when: '"check" in order.tags'
    send_to: [own_warehouse, harbor_3pl]
    then: [{action: fraud_check, when: before_dispatch, hold_if: answer.risk > 0.8}]
"""
FRAUD_CHECK = """
actions:
  fraud_check: {url: "URL", body: '{"order": order.key}', timeout: PT40S}
"""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """What the action of the rule above calls."""
    with Service().serving() as service:
        yield service


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Kitchen]:
    home: Path = tmp_path_factory.mktemp("chaos")
    config = home / "orderloom.yaml"
    shipped = SHIPPED_CONFIG.read_text(encoding="utf-8")
    config.write_text(shipped.replace("rules:\n", CHECKED_FIRST, 1) + FRAUD_CHECK.replace("URL", service.url))
    stack = Stack(home, speed=120.0, pick_seconds=0.5, config=config)
    with stack, Kitchen.open(stack) as kitchen:
        yield kitchen


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("ORDERLOOM_CHAOS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"ORDERLOOM_CHAOS_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return random.Random(seed)


def everything_goes_wrong(chance: random.Random) -> Knobs:
    lossy = Faults(lost_answer_rate=0.3, error_rate=0.1)
    twice = DeliveryKnobs(duplicate_rate=0.5, jitter_seconds=0.3)
    return Knobs(
        seed=chance.randrange(2**32),
        faults={
            "own_warehouse.dispatch": lossy,
            "harbor_3pl.dispatch": lossy,
            "amazon.confirmShipment": lossy,
            "shopify.fulfillmentCreate": lossy,
        },
        webhooks=twice,
        nodes={node: NodeKnobs(callbacks=twice) for node in ("own_warehouse", "harbor_3pl")},
    )


def sell(kitchen: Kitchen) -> list[OrderKey]:
    shopify = [kitchen.sell_on_shopify("PAN" if n % 3 else "POT") for n in range(ORDERS // 2)]
    return shopify + [kitchen.sell_on_amazon("LID", n % 3 + 1) for n in range(ORDERS // 2)]


def sell_what_is_being_checked(kitchen: Kitchen, service: Service) -> OrderKey:
    """An order whose action has been called, and whose service thinks about its answer until it is let go."""
    service.may_answer.clear()
    service.answers[:] = [(200, {"risk": 0.1})] * 9
    key = kitchen.sell_on_shopify("PAN", tags=("check",))
    until(lambda: calls_for(service, key), "the action is called")
    return key


def calls_for(service: Service, key: OrderKey) -> list[str]:
    """The idempotency key of each call."""
    return [headers["Idempotency-Key"] for _, headers, body in service.calls if body["order"] == str(key)]


def wait_for_a_random_moment(kitchen: Kitchen, keys: list[OrderKey], chance: random.Random) -> None:
    stage, count = chance.choice(STAGES), chance.randint(1, len(keys) // 2)
    reached = STAGES[STAGES.index(stage) :]
    until(lambda: sum(kitchen.status(key) in reached for key in keys) >= count, f"{count} orders are {stage}")


def clear_the_weather(kitchen: Kitchen, keys: list[OrderKey]) -> None:
    """Everything goes wrong for a while longer, or until all orders have got through it."""
    clears_at = time.monotonic() + BAD_WEATHER_SECONDS

    def is_over() -> bool:
        return time.monotonic() > clears_at or all(kitchen.status(key) is OrderStatus.COMPLETED for key in keys)

    until(is_over, "the weather clears")
    kitchen.control.set_knobs(Knobs())


def assert_everything_happened_once(kitchen: Kitchen, keys: list[OrderKey]) -> None:
    for key in keys:
        kitchen.wait_for(key, OrderStatus.COMPLETED)
    until(lambda: not kitchen.control.truth().undelivered, "every webhook and callback is taken")
    truth = kitchen.control.truth()
    for key in keys:
        story = kitchen.story(key)
        (dispatch,) = truth.dispatches_of(story.record.order.name)
        (told,) = truth.confirmations_of(key.order_id)
        assert (told.tracking_number,) == dispatch.tracking_numbers
        assert told.creations == 1
    assert truth.duplicate_dispatches == truth.duplicate_confirmations == truth.repeated_mails == 0
    assert kitchen.store.ledger.verify().violations == ()
    assert kitchen.store.ledger.oversold_units() == 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("victim", ["worker", "temporal", "starter"])
def test_a_sudden_death_leaves_the_same_end_state(
    kitchen: Kitchen, service: Service, chance: random.Random, victim: str
) -> None:
    kitchen.control.set_knobs(everything_goes_wrong(chance))
    checked = sell_what_is_being_checked(kitchen, service)
    keys = sell(kitchen)
    wait_for_a_random_moment(kitchen, keys, chance)
    kitchen.stack.kill(victim)
    keys += [checked, kitchen.sell_on_shopify("PAN")]
    kitchen.stack.restart(victim)
    service.may_answer.set()
    clear_the_weather(kitchen, keys)
    assert_everything_happened_once(kitchen, keys)
    calls = calls_for(service, checked)
    assert len(set(calls)) == 1, "however often it is called, the service sees one key"
    assert len(calls) > (victim == "worker"), "a worker takes its call down with it, and another one calls again"
    told = [entry.text for entry in kitchen.story(checked).timeline if entry.what == "action"]
    assert told == ["fraud_check was called"]
