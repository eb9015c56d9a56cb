"""A node by its own API, described and not coded."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import ValidationError

from orderloom.domain.errors import AccessDenied, OutcomeUnknown, Rejected, Throttled, Unavailable
from orderloom.domain.node_api import NodeApi, NodeCall, NodePreset
from orderloom.domain.shipments import NodeState, Package
from orderloom.fulfillment import DescribedApi, DescribedNode
from tests.fulfillment.nodes import DISPATCH_ID, Answer, ScriptedNode, a_request
from tests.fulfillment.threepl import TOKEN, ThreePl, running_threepl

SHIPBOB = NodeApi(preset=NodePreset.SHIPBOB, headers={"shipbob_channel_id": "12"}, settings={"Standard": "Ground"})
SHIPHERO = NodeApi(preset=NodePreset.SHIPHERO, settings={"shop_name": "kitchen"})
REQUEST = a_request()


@pytest.fixture
def threepl() -> Iterator[ThreePl]:
    with running_threepl() as threepl:
        yield threepl


@pytest.fixture
def bob(threepl: ThreePl) -> Iterator[DescribedNode]:
    with closing(DescribedApi("bob", threepl.url, SHIPBOB, TOKEN, timeout=5)) as api:
        yield api.node(lambda _: REQUEST.lines, lambda _: ())


@pytest.fixture
def hero(node: ScriptedNode) -> Iterator[DescribedNode]:
    with closing(DescribedApi("hero", node.root, SHIPHERO, TOKEN, timeout=5)) as api:
        yield api.node(lambda _: REQUEST.lines, lambda _: ())


def test_an_order_goes_out_in_the_node_s_own_words_and_comes_back_in_ours(threepl: ThreePl, bob: DescribedNode) -> None:
    assert bob.find(DISPATCH_ID) is None
    assert bob.dispatch(REQUEST).state is NodeState.ACCEPTED
    (order,) = threepl.orders
    assert (order["reference_id"], order["order_number"], order["shipping_method"]) == (DISPATCH_ID, "#1001", "Ground")
    assert order["recipient"]["address"]["address1"] == "12 Main Street"
    headers = {name.lower(): value for name, value in threepl.seen[-1][2].items()}
    assert (headers["authorization"], headers["shipbob_channel_id"]) == (f"Bearer {TOKEN}", "12")
    threepl.shipped = True
    found = bob.find(DISPATCH_ID)
    assert found is not None
    (package,) = found.packages
    assert (found.state, package.tracking_number, package.lines) == (NodeState.SHIPPED, "9400", REQUEST.lines)


def test_a_level_of_service_that_is_not_named_goes_by_the_preset_s_default(
    threepl: ThreePl, bob: DescribedNode
) -> None:
    bob.dispatch(REQUEST.model_copy(update={"service_level": None}))
    assert threepl.orders[0]["shipping_method"] == "Standard"


def test_a_repeat_that_the_node_refuses_is_found_and_not_refused(threepl: ThreePl, bob: DescribedNode) -> None:
    bob.dispatch(REQUEST)
    assert bob.dispatch(REQUEST).state is NodeState.ACCEPTED
    assert len(threepl.orders) == 1


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("refuses", Rejected),
        ("busy", Throttled),
        ("fails after", OutcomeUnknown),
        ("fails before", OutcomeUnknown),
        ("drops after", OutcomeUnknown),
    ],
)
def test_what_went_wrong_is_told_apart(threepl: ThreePl, bob: DescribedNode, mood: str, error: type[Exception]) -> None:
    threepl.moods = [mood]
    with pytest.raises(error):
        bob.dispatch(REQUEST)


def test_a_shipment_is_stopped_by_the_node_s_own_id_unless_it_left(threepl: ThreePl, bob: DescribedNode) -> None:
    with pytest.raises(Rejected):
        bob.cancel(DISPATCH_ID)
    bob.dispatch(REQUEST)
    assert bob.cancel(DISPATCH_ID).state is NodeState.CANCELLED
    assert threepl.seen[-2][1] == "/2026-07/order/7000:cancel"
    threepl.shipped = True
    assert bob.cancel(DISPATCH_ID).state is NodeState.SHIPPED


def hero_orders(*nodes: dict[str, object]) -> Answer:
    return Answer(200, {"data": {"orders": {"data": {"edges": [{"node": node} for node in nodes]}}}})


def hero_order(status: str, *shipments: dict[str, object]) -> dict[str, object]:
    return {"id": "T3Jk", "order_number": DISPATCH_ID, "fulfillment_status": status, "shipments": list(shipments)}


def label(name: str) -> dict[str, object]:
    facts = {"carrier": "ups", "shipping_method": "ground", "tracking_url": None}
    return {"id": name, "tracking_number": f"1Z{name}", **facts}


def part(of: str, quantity: int) -> dict[str, object]:
    return {"node": {"quantity": quantity, "shipping_label_id": of, "line_item": {"sku": "PAN"}}}


def test_each_label_of_a_graphql_node_is_a_package(node: ScriptedNode, hero: DescribedNode) -> None:
    shipment: dict[str, object] = {
        "id": "S1",
        "created_date": "2026-11-23T10:00:00",
        "shipping_labels": [label("A"), label("B")],
        "line_items": {"edges": [part("A", 1), part("B", 1)]},
    }
    node.answers = [hero_orders(hero_order("fulfilled", shipment))]
    found = hero.find(DISPATCH_ID)
    assert found is not None
    units = {package.tracking_number: package.lines[0].quantity for package in found.packages}
    assert (found.state, units) == (NodeState.SHIPPED, {"1ZA": 1, "1ZB": 1})


def test_a_label_that_is_made_anew_is_the_package_that_left(node: ScriptedNode) -> None:
    def shipped(name: str) -> Answer:
        shipment: dict[str, object] = {
            "id": "S1",
            "created_date": "2026-11-23T10:00:00",
            "shipping_labels": [label(name)],
            "line_items": {"edges": [part(name, 1)]},
        }
        return hero_orders(hero_order("pending", shipment))

    left: list[Package] = []
    node.answers = [shipped("A"), shipped("B")]
    with closing(DescribedApi("hero", node.root, SHIPHERO, TOKEN, timeout=5)) as api:
        hero = api.node(lambda _: REQUEST.lines, lambda _: left)
        first = hero.find(DISPATCH_ID)
        assert first is not None
        left += first.packages
        again = hero.find(DISPATCH_ID)
    assert again is not None
    told = [(package.package_id, package.tracking_number, package.lines) for package in again.packages]
    assert told == [("1ZA", "1ZB", first.packages[0].lines)], "though a unit is still to leave"


def test_a_description_may_read_where_a_package_is(node: ScriptedNode) -> None:
    found = """[{"state": "shipped", "packages": answer.boxes.map(b, {
      "package_id": b.id, "carrier": "ups", "tracking_number": b.id, "shipped_at": b.left,
      "delivered_at": has(b.arrived) ? dyn(b.arrived) : dyn(null), "lost_at": has(b.lost) ? dyn(b.lost) : dyn(null),
      "lines": [{"sku": "PAN", "quantity": 1}]})}]"""
    api = NodeApi(dispatch=NodeCall(path="x"), find=NodeCall(method="GET", path="x"), found=found)
    left, later = "2026-11-23T10:00:00Z", "2026-11-25T10:00:00Z"
    boxes = [{"id": "A", "left": left}, {"id": "B", "left": left, "arrived": later}]
    node.answers = [Answer(200, {"boxes": [*boxes, {"id": "C", "left": left, "lost": later}]})]
    three = (REQUEST.lines[0].model_copy(update={"sku": "PAN", "quantity": 3}),)
    with closing(DescribedApi("east", node.root, api, TOKEN, timeout=5)) as described:
        answer = described.node(lambda _: three, lambda _: ()).track(DISPATCH_ID)
    assert answer is not None
    assert len(answer.packages) == 3
    assert [(one.package_id, one.kind) for one in answer.arrivals] == [("B", "delivered"), ("C", "lost")]


def test_an_error_inside_a_2xx_is_a_refusal_only_where_nothing_is_there(
    node: ScriptedNode, hero: DescribedNode
) -> None:
    failed = Answer(200, {"errors": [{"code": 3, "message": "no such sku"}]})
    node.answers = [failed, hero_orders()]
    with pytest.raises(Rejected) as refused:
        hero.dispatch(REQUEST)
    assert refused.value.code == "graphql_error"
    node.answers = [failed, hero_orders(hero_order("pending"))]
    assert hero.dispatch(REQUEST).state is NodeState.ACCEPTED
    node.answers = [Answer(200, {"errors": [{"code": 30, "message": "not enough credits"}]})]
    with pytest.raises(Throttled):
        hero.dispatch(REQUEST)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html>"),
        Answer(200, {"data": None}),
        Answer(400, {"code": "bad_query"}),
        Answer(500, {}),
        hero_orders(hero_order("pending"), hero_order("pending")),
        hero_orders(
            hero_order(
                "fulfilled",
                {
                    "id": "S1",
                    "created_date": "2026-11-23T10:00:00Z",
                    "shipping_labels": [label("A")],
                    "line_items": {"edges": [part("A", 3)]},
                },
            )
        ),
    ],
    ids=["no JSON", "no list", "refused", "failed", "two under one id", "more than was asked for"],
)
def test_an_answer_that_is_no_proof_is_neither_found_nor_absent(
    node: ScriptedNode, hero: DescribedNode, answer: Answer
) -> None:
    node.answers = [answer]
    with pytest.raises(Unavailable):
        hero.find(DISPATCH_ID)


@pytest.mark.parametrize(
    ("api", "header", "value"),
    [
        (NodeApi(preset=NodePreset.SHIPBOB, auth="basic"), "Authorization", "Basic dG9rZW4tb2Ytb3Vyczo="),
        (NodeApi(preset=NodePreset.SHIPBOB, auth="header", auth_header="X-Key"), "X-Key", TOKEN),
    ],
)
def test_the_token_is_sent_as_described(node: ScriptedNode, api: NodeApi, header: str, value: str) -> None:
    node.answers = [Answer(401, {})]
    with closing(DescribedApi("bob", node.root, api, TOKEN, timeout=5)) as described, pytest.raises(AccessDenied):
        described.node(lambda _: (), lambda _: ()).find(DISPATCH_ID)
    assert node.asked[0].headers[header] == value


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"find": {"path": "x"}, "found": "[]"}, "lacks dispatch"),
        ({"preset": "shipbob", "found": "answer.("}, "is no CEL: line 1, column"),
        ({"preset": "shipbob", "find": {"path": "order/{order}"}}, "{dispatch_id}, {reference} and {page}"),
        ({"preset": "shipbob", "find": {"path": "https://elsewhere.example/"}}, "relative to the url"),
    ],
)
def test_a_description_that_cannot_work_is_refused_when_it_is_read(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NodeApi.model_validate(given)
    assert words in str(refused.value)
