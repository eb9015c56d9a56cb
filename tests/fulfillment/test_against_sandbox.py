"""The client and the callback reader against the sandbox's nodes, which were written from the protocol alone."""

from collections.abc import Callable, Iterator

import pytest

from orderloom.domain.errors import AccessDenied, OutcomeUnknown, Rejected, Throttled, Unavailable
from orderloom.domain.shipments import NodeShipment, NodeState, ShipmentEventKind
from orderloom.domain.stock_reading import all_levels
from orderloom.fulfillment import HttpNode, NodeCallbackReader
from orderloom.sandbox.config import NodeConfig, SandboxConfig
from orderloom.sandbox.knobs import Faults, Knobs, NodeKnobs
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from tests.fulfillment.nodes import DISPATCH_ID, Answer, ScriptedNode, a_request

NODE = NodeConfig(node="harbor", token="right token", callback_secret="s3cret", pick_seconds=3600)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxConfig(nodes=(NODE,), seed=1)) as running:
        yield running


@pytest.fixture
def harbor(sandbox: RunningSandbox) -> Iterator[HttpNode]:
    client = HttpNode("harbor", f"{sandbox.url}/nodes/harbor", NODE.token, timeout=5)
    yield client
    client.close()


def wait_for(
    ask: Callable[[], NodeShipment | None], is_there: Callable[[NodeShipment], bool], tries: int = 500
) -> NodeShipment:
    """Each question is an exchange over HTTP, so there is no need to pause between two of them."""
    for _ in range(tries):
        answer = ask()
        if answer and is_there(answer):
            return answer
    raise AssertionError("the node did not come so far")


def test_a_shipment_is_taken_once_however_often_it_is_asked_for(sandbox: RunningSandbox, harbor: HttpNode) -> None:
    assert harbor.find(DISPATCH_ID) is None
    first, again = harbor.dispatch(a_request()), harbor.dispatch(a_request())
    assert first == again == harbor.find(DISPATCH_ID)
    assert first.state is NodeState.ACCEPTED
    (dispatch,) = sandbox.control.truth().dispatches
    assert (dispatch.asked, dispatch.duplicate) == (2, False)


@pytest.mark.parametrize("way", ["drop", "504"])
def test_an_answer_lost_after_the_node_took_it_is_found_by_asking(
    sandbox: RunningSandbox, harbor: HttpNode, way: str
) -> None:
    lost = Faults.model_validate({"lost_answer_rate": 1, "lost_answer_as": way})
    sandbox.control.set_knobs(Knobs(faults={"harbor.dispatch": lost}))
    with pytest.raises(OutcomeUnknown):
        harbor.dispatch(a_request())
    found = harbor.find(DISPATCH_ID)
    assert found is not None
    assert found.state is NodeState.ACCEPTED


def test_where_a_package_is_stands_in_the_document_of_its_shipment(sandbox: RunningSandbox, harbor: HttpNode) -> None:
    sandbox.control.set_knobs(
        Knobs(nodes={"harbor": NodeKnobs(silent=True, pick_seconds=0, packages=2, delivered_after_seconds=0)})
    )
    harbor.dispatch(a_request())
    two = wait_for(lambda: harbor.track(DISPATCH_ID), lambda answer: len(answer.arrivals) == 2)
    delivered = ShipmentEventKind.DELIVERED
    assert {(one.package_id, one.kind) for one in two.arrivals} == {("P1", delivered), ("P2", delivered)}
    sandbox.control.set_knobs(Knobs(nodes={"harbor": NodeKnobs(silent=True, pick_seconds=0)}))
    harbor.dispatch(a_request().model_copy(update={"dispatch_id": "d-2"}))
    wait_for(lambda: harbor.track("d-2"), lambda answer: answer.packages != ())
    sandbox.control.relabel("harbor", "d-2", "D-77", carrier="DPD")
    sandbox.control.lose("harbor", "d-2")
    lost = harbor.track("d-2")
    assert lost is not None
    assert [(box.tracking_number, box.carrier) for box in lost.packages] == [("D-77", "DPD")]
    assert [(one.package_id, one.kind) for one in lost.arrivals] == [("P1", ShipmentEventKind.LOST)]


def test_another_content_under_the_same_id_never_becomes_a_refusal(harbor: HttpNode) -> None:
    harbor.dispatch(a_request())
    with pytest.raises(OutcomeUnknown):
        harbor.dispatch(a_request().model_copy(update={"order_name": "#another"}))


def test_a_refusal_and_trouble_before_anything_was_done_are_told_apart(
    sandbox: RunningSandbox, harbor: HttpNode
) -> None:
    sandbox.control.set_knobs(Knobs(faults={"harbor": Faults(throttle_rate=1)}))
    with pytest.raises(Throttled):
        harbor.dispatch(a_request())
    sandbox.control.set_knobs(Knobs(faults={"harbor": Faults(error_rate=1)}))
    with pytest.raises(Unavailable):
        harbor.find(DISPATCH_ID)
    sandbox.control.set_knobs(Knobs(nodes={"harbor": NodeKnobs(refuse="out_of_stock")}))
    with pytest.raises(Rejected) as refused:
        harbor.dispatch(a_request())
    assert refused.value.code == "out_of_stock"


def test_a_wrong_token_is_noticed(sandbox: RunningSandbox) -> None:
    stranger = HttpNode("harbor", f"{sandbox.url}/nodes/harbor", "wrong", timeout=5)
    with pytest.raises(AccessDenied):
        stranger.find(DISPATCH_ID)
    stranger.close()


def test_a_cancel_stops_what_has_not_left(harbor: HttpNode) -> None:
    harbor.dispatch(a_request())
    assert harbor.cancel(DISPATCH_ID).state is NodeState.CANCELLED
    assert harbor.cancel(DISPATCH_ID).state is NodeState.CANCELLED


def test_the_sandboxs_callbacks_are_genuine_and_readable(
    sandbox: RunningSandbox, harbor: HttpNode, node: ScriptedNode
) -> None:
    starter = node
    starter.answers = [Answer(200, {})]
    sandbox.control.send_to(starter.root)
    sandbox.control.set_knobs(Knobs(nodes={"harbor": NodeKnobs(pick_seconds=0, packages=2)}))
    harbor.dispatch(a_request())
    starter.wait_until_asked(3)
    reader = NodeCallbackReader("harbor", [NODE.callback_secret])
    for asked in starter.asked:
        assert asked.path == "/webhooks/fulfillment/harbor"
        reader.verify(asked.body, asked.headers)
    events = [reader.read(asked.body) for asked in starter.asked]
    assert sorted(event.kind for event in events) == [
        ShipmentEventKind.ACCEPTED,
        ShipmentEventKind.SHIPPED,
        ShipmentEventKind.SHIPPED,
    ]
    shipped = harbor.find(DISPATCH_ID)
    assert shipped is not None
    assert {event.package for event in events if event.package} == set(shipped.packages)


def test_a_node_tells_what_it_has_promised_to_no_order(sandbox: RunningSandbox, harbor: HttpNode) -> None:
    many = {f"SKU-{number:03d}": number for number in range(150)}
    sandbox.control.put_stock("harbor", {**many, "PAN": 7})
    pages = [harbor.stock_page(None)]
    pages.append(harbor.stock_page(pages[0].next_page))
    assert pages[1].next_page is None
    told = all_levels("harbor", pages)
    assert {sku: level.available for sku, level in told.items()} == {**many, "PAN": 7}

    def pans() -> int | None:
        return all_levels("harbor", [harbor.stock_page(None)])["PAN"].available

    harbor.dispatch(a_request())
    assert pans() == 5, "two are promised"
    harbor.cancel(DISPATCH_ID)
    assert pans() == 7
    sandbox.control.put_stock("harbor", {"PAN": 6})
    assert pans() == 6, "somebody counted"
    sandbox.control.set_knobs(Knobs(faults={"harbor.stock": Faults(error_rate=1)}))
    with pytest.raises(Unavailable):
        harbor.stock_page(None)
