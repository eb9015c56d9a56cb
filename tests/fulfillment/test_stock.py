"""A described node is asked what it has; an answer that is no stock changes nothing."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from orderloom.domain.errors import AccessDenied, StockUnreadable, Throttled, Unavailable
from orderloom.domain.node_api import NodeApi, NodeCall
from orderloom.domain.stock_reading import NodeLevel, StockPage
from orderloom.fulfillment import DescribedApi, DescribedNode
from tests.fulfillment.nodes import Answer, ScriptedNode

API = NodeApi(
    dispatch=NodeCall(path="orders"),
    find=NodeCall(method="GET", path="orders/{dispatch_id}"),
    found="[]",
    throttled="has(answer.slow)",
    stock=NodeCall(method="GET", path="inventory?cursor={page}"),
    levels='answer.items.map(i, {"sku": i.code, "available": i.free})',
    next_page='has(answer.next) ? answer.next : ""',
)


@pytest.fixture
def warehouse(node: ScriptedNode) -> Iterator[DescribedNode]:
    with closing(DescribedApi("east", f"{node.root}/v1/", API, "token", timeout=5)) as api:
        yield api.node(lambda _: ())


def item(code: object, free: object) -> dict[str, object]:
    return {"code": code, "free": free}


def test_a_page_is_read_in_our_words_and_names_the_next(node: ScriptedNode, warehouse: DescribedNode) -> None:
    node.answers = [Answer(200, {"items": [item("PAN", 7), item("POT", 0)], "next": "b&2"}), Answer(200, {"items": []})]
    first = warehouse.stock_page(None)
    assert first.levels == (NodeLevel(sku="PAN", available=7), NodeLevel(sku="POT", available=0))
    assert warehouse.stock_page(first.next_page) == StockPage(levels=())
    assert [asked.path for asked in node.asked] == ["/v1/inventory?cursor=", "/v1/inventory?cursor=b%262"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"items": [item("PAN", -1)]}, "0.available: Input should be greater"),
        ({"items": [item("PAN", "7")]}, "0.available: Input should be a valid integer"),
        ({"items": [item("PAN", 7.5)]}, "0.available: Input should be a valid integer"),
        ({"items": [item("PAN", True)]}, "0.available: Input should be a valid integer"),
        ({"items": [item("PAN", None)]}, "needs one of"),
        ({"items": [item("", 7)]}, "0.sku"),
        ({"items": [{"free": 7}]}, "api.levels does not fit"),
        ({"items": "none"}, "api.levels does not fit"),
        ({"items": [], "next": 7}, "next_page: must be text"),
        ({}, "api.levels does not fit"),
    ],
)
def test_an_answer_that_is_no_stock_is_refused_whole(
    node: ScriptedNode, warehouse: DescribedNode, body: object, why: str
) -> None:
    node.answers = [Answer(200, body)]
    with pytest.raises(StockUnreadable) as refused:
        warehouse.stock_page(None)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(503, {}), Unavailable),
        (Answer(200, b"<html>"), Unavailable),
        (Answer(lost=True), Unavailable),
        (Answer(401, {}), AccessDenied),
        (Answer(429, {}), Throttled),
        (Answer(200, {"slow": 1}), Throttled),
    ],
)
def test_no_answer_is_told_apart_from_nonsense(
    node: ScriptedNode, warehouse: DescribedNode, answer: Answer, error: type[Exception]
) -> None:
    node.answers = [answer]
    with pytest.raises(error):
        warehouse.stock_page(None)
