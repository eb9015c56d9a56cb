"""An order planned again by the rules in force: what no node has moves, what a node has stays."""

from datetime import UTC, datetime

from orderloom.domain.orders import HoldReason, OrderStatus
from orderloom.domain.rule_versions import RuleBook
from tests.workflows.merchant import CONFIG
from tests.workflows.world import World


def apply(world: World, *nodes: str) -> None:
    """Put one rule for everything in force."""
    rule = CONFIG.rules[-1].model_copy(update={"name": "new", "when": "true", "send_to": nodes})
    book = RuleBook.of(CONFIG).model_copy(update={"rules": (rule,)})
    world.store.rule_versions.apply(book, "", datetime.now(UTC), "test", "")


async def test_a_refused_order_keeps_its_rules_on_a_retry_and_takes_new_ones_when_it_is_rerouted(world: World) -> None:
    world.own.refuses = world.harbor.refuses = "no box"
    await world.arrive(world.order())
    await world.until_held(HoldReason.NODE_REFUSED)
    apply(world, "harbor")
    # The hold of before stands until both have refused again.
    world.own.refuses = world.harbor.refuses = "still no box"
    assert (await world.ask("retry")).done
    await world.until(lambda: world.hold is not None and world.hold.detail.count("still no box") == 2)
    asked = len(world.own.asked)
    assert asked == 2, "by the old rules it is ours again that is asked"
    world.own.refuses = world.harbor.refuses = ""
    assert (await world.ask("reroute", "ours is full")).done
    await world.until_status(OrderStatus.DISPATCHED)
    assert (len(world.own.asked), len(world.harbor.shipments)) == (asked, 1)
    assert "rerouted" in world.timeline


async def test_what_a_node_has_is_not_planned_again(world: World) -> None:
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    apply(world, "harbor")
    answer = await world.ask("reroute")
    assert (answer.done, answer.text) == (
        False,
        "nothing is left to plan: own has shipment 1, or is being asked to take it",
    )
    assert world.harbor.asked == []
