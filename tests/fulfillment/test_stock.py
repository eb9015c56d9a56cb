"""A node is asked what it has, by its own API or the node protocol; an answer that is no stock is refused whole."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from orderloom.domain.errors import AccessDenied, StockUnreadable, Throttled, Unavailable
from orderloom.domain.node_api import NodeApi, NodeCall, NodePreset
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.stock_reading import NodeLevel, StockPage
from orderloom.fulfillment import DescribedApi, DescribedNode, HttpNode
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
        yield api.node(lambda _: (), lambda _: ())


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


def levels_of(node: ScriptedNode, preset: NodePreset, **settings: str) -> list[NodeLevel]:
    """Every page, as a reading asks for them."""
    api = NodeApi(preset=preset, settings=settings)
    found: list[NodeLevel] = []
    with closing(DescribedApi("east", f"{node.root}/2026-07/", api, "token", timeout=30)) as connection:
        page = connection.node(lambda _: (), lambda _: ()).stock_page(None)
        found += page.levels
        while page.next_page:
            page = connection.node(lambda _: (), lambda _: ()).stock_page(page.next_page)
            found += page.levels
    return found


@pytest.mark.parametrize("host", ["", "its own"])
def test_shipbob_s_stock_is_read_page_by_page_at_the_addresses_that_it_gives(node: ScriptedNode, host: str) -> None:
    def level(sku: str | None, sellable: int) -> dict[str, object]:
        return {"inventory_id": 7, "sku": sku, "total_on_hand_quantity": 9, "total_sellable_quantity": sellable}

    cursor = "/inventory-level?Cursor=b%2F2"
    following = f"{node.root}/2026-07{cursor}" if host else cursor
    node.answers = [
        Answer(200, {"items": [level("PAN", 7), level(None, 3)], "next": following}),
        Answer(200, {"items": [level("POT", -2)], "next": None}),
    ]
    assert levels_of(node, NodePreset.SHIPBOB) == [NodeLevel(sku="PAN", available=7), NodeLevel(sku="POT", available=0)]
    paths = [asked.path for asked in node.asked]
    assert paths == ["/2026-07/inventory-level?PageSize=250", "/2026-07/inventory-level?Cursor=b%2F2"]
    assert {asked.headers.get("Authorization") for asked in node.asked} == {"Bearer token"}


def test_a_next_page_on_another_host_does_not_get_the_token(node: ScriptedNode) -> None:
    for address in ("https://elsewhere.example/inventory-level", "https://[nonsense"):
        node.answers = [Answer(200, {"items": [], "next": address})]
        with pytest.raises(StockUnreadable, match="next_page"):
            levels_of(node, NodePreset.SHIPBOB)
    assert len(node.asked) == 2, "only the first pages"


def test_shiphero_s_stock_is_read_from_one_warehouse_by_its_cursor(node: ScriptedNode) -> None:
    def page(sku: str, available: int, cursor: str | None) -> Answer:
        info = {"hasNextPage": cursor is not None, "endCursor": cursor}
        edges = [{"node": {"sku": sku, "available": available}}]
        return Answer(200, {"data": {"warehouse_products": {"data": {"pageInfo": info, "edges": edges}}}})

    node.answers = [page("PAN", 7, "c-2"), page("POT", -1, None)]
    found = levels_of(node, NodePreset.SHIPHERO, shop_name="kitchen", warehouse_id="V2FyZWhvdXNl")
    assert found == [NodeLevel(sku="PAN", available=7), NodeLevel(sku="POT", available=0)]
    asked = [json.loads(asked.body)["variables"] for asked in node.asked]
    assert asked == [{"warehouse": "V2FyZWhvdXNl", "after": None}, {"warehouse": "V2FyZWhvdXNl", "after": "c-2"}]


def test_a_preset_is_enough_to_have_a_node_asked_for_its_stock() -> None:
    said = {"node": "bob", "kind": "3pl", "name": "Bob", "pool": "own", "url": "https://api.shipbob.com/2026-07/"}
    node = NodeSettings.model_validate(said | {"stock": {"every": "PT1H"}, "api": {"preset": "shipbob"}})
    assert node.stock is not None


@pytest.fixture
def harbor(node: ScriptedNode) -> Iterator[HttpNode]:
    with closing(HttpNode("harbor", node.url, "token", timeout=5)) as client:
        yield client


def test_a_node_of_the_protocol_tells_its_stock_page_by_page(node: ScriptedNode, harbor: HttpNode) -> None:
    levels = [{"sku": "PAN", "available": 7, "bin": "A-12"}, {"sku": "POT", "on_hand": 0}]
    node.answers = [Answer(200, {"levels": levels, "next_page": "b&2"}), Answer(200, {"levels": []})]
    first = harbor.stock_page(None)
    assert first.levels == (NodeLevel(sku="PAN", available=7), NodeLevel(sku="POT", on_hand=0))
    assert harbor.stock_page(first.next_page) == StockPage(levels=())
    assert [asked.path for asked in node.asked] == ["/nodes/harbor/stock", "/nodes/harbor/stock?page=b%262"]


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        (Answer(200, {"levels": [{"sku": "PAN", "available": "7"}]}), StockUnreadable, "levels.0.available"),
        (Answer(200, {"levels": [{"sku": "PAN", "available": -1}]}), StockUnreadable, "levels.0.available"),
        (Answer(200, {"levels": [{"sku": "PAN"}]}), StockUnreadable, "needs one of `on_hand` and `available`"),
        (
            Answer(200, {"levels": [{"sku": "PAN", "available": 1, "on_hand": 1}]}),
            StockUnreadable,
            "needs one of `on_hand` and `available`",
        ),
        (Answer(200, {}), StockUnreadable, "levels"),
        (Answer(200, b"<html>"), StockUnreadable, "is not JSON"),
        (Answer(404, {"code": "not_found"}), StockUnreadable, r"it does not tell its stock \(HTTP 404 at /stock\)"),
        (Answer(503, {}), Unavailable, "HTTP 503"),
        (Answer(lost=True), Unavailable, "gave no answer"),
        (Answer(401, {}), AccessDenied, "HTTP 401"),
        (Answer(429, {}), Throttled, "node:harbor"),
    ],
)
def test_what_a_node_of_the_protocol_says_instead_of_its_stock_is_no_stock(
    node: ScriptedNode, harbor: HttpNode, answer: Answer, error: type[Exception], why: str
) -> None:
    node.answers = [answer]
    with pytest.raises(error, match=why):
        harbor.stock_page(None)


def test_any_node_but_amazon_s_may_be_asked_for_its_stock() -> None:
    said = {"node": "own", "name": "Own", "pool": "own", "stock": {"every": "PT1H"}}
    own = NodeSettings.model_validate(said | {"kind": "warehouse", "url": "https://wms.example/"})
    assert own.stock is not None
    with pytest.raises(ValueError, match="its stock is read from Amazon, so leave `stock` out"):
        NodeSettings.model_validate(said | {"kind": "fba"})
