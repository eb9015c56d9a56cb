"""Split shipments on the running stack: the sandbox, not we, counts what each channel was told of which package."""

from collections.abc import Iterator

import pytest

from orderloom.domain.orders import OrderStatus
from orderloom.sandbox.knobs import DeliveryKnobs, Knobs, NodeKnobs
from orderloom.sandbox.truth import ConfirmationTruth
from tests.e2e.kitchen import Kitchen, until

NODE = "own_warehouse"
IN_TWO = NodeKnobs(packages=2, held_back=1, callbacks=DeliveryKnobs(copies=2))


@pytest.fixture(autouse=True)
def _in_two(kitchen: Kitchen) -> Iterator[None]:
    kitchen.control.set_knobs(Knobs(nodes={NODE: IN_TWO}))
    yield
    kitchen.control.set_knobs(Knobs())


@pytest.mark.parametrize("channel", ["shopify", "amazon"])
def test_each_package_is_told_once_with_its_own_units_though_it_is_resent_and_relabelled(
    kitchen: Kitchen, channel: str
) -> None:
    def told() -> dict[str, ConfirmationTruth]:
        return {one.tracking_number: one for one in kitchen.control.truth().confirmations_of(key.order_id)}

    sell = kitchen.sell_on_amazon if channel == "amazon" else kitchen.sell_on_shopify
    key = sell("LID", 3)
    (shipment,) = kitchen.wait_for(key, OrderStatus.PARTIALLY_SHIPPED).shipments
    until(told, "the channel was told of the first package")
    kitchen.control.relabel(NODE, shipment.dispatch_id, f"D-{channel}-1", carrier="DPD")
    until(lambda: f"D-{channel}-1" in told(), "its corrected number")
    kitchen.control.ship(NODE, shipment.dispatch_id)
    kitchen.wait_for(key, OrderStatus.COMPLETED)
    # Its last package goes under another label after the order's end.
    kitchen.control.relabel(NODE, shipment.dispatch_id, f"D-{channel}-2")
    until(lambda: f"D-{channel}-2" in told(), "the corrected number of the second")
    first, second = (told()[f"D-{channel}-{number}"] for number in (1, 2))
    assert len(told()) == 2, "no second shipment"
    assert (first.carrier, [one.creations for one in (first, second)]) == ("DPD", [1, 1])
    assert sorted(sum(part.quantity for part in one.lines) for one in (first, second)) == [1, 2]
    assert kitchen.control.truth().order(key.order_id).status in ("SHIPPED", "FULFILLED")
