"""A 3PL's own webhook at the starter's door: verified as its description says, each piece of news stored by itself."""

import hashlib
import hmac
import json
from typing import Any

import httpx

from orderloom.domain.events import EventState
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.node_api import NodeApi, NodeCall, NodeCallback
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.http import create_app
from starter.services import join
from starter.temporal import connector
from tests.starter.deliveries import CALLBACK_SECRET
from tests.starter.servers import serving
from tests.storage import shop

NODE = "own_warehouse"
CALL = NodeCall(path="x")
EVENTS = """answer.map(n, {"dispatch_id": n.order, "kind": "shipped", "package": {"package_id": n.box, "carrier": "ups",
  "tracking_number": n.box, "shipped_at": "2026-11-24T09:00:00Z", "lines": [{"sku": "PAN", "quantity": 1}]}})"""
API = NodeApi(dispatch=CALL, find=CALL, found="[]", callback=NodeCallback(header="X-Theirs", events=EVENTS))


def dispatched(store: Store) -> str:
    store.catalog.import_skus([SkuMaster(sku="PAN")], by="test")
    store.ledger.set_count(StockCount(sku="PAN", node=NODE, on_hand=5), "test", "opening stock")
    order = shop.order(1001, shop.line("1", "PAN", 2))
    store.orders.record(shop.reading(order), "event")
    store.ledger.reserve(order, "own")
    store.ledger.decide(shop.decision(order.key, shop.START, shop.planned(1, NODE, ("1", "PAN", 2))))
    return store.shipments.begin_dispatch(order.key, 1).dispatch_id


def test_two_boxes_in_one_body_reach_their_order(settings: Settings, merchant: MerchantConfig, store: Store) -> None:
    nodes = tuple(n.model_copy(update={"api": API}) if n.node == NODE else n for n in merchant.nodes)
    config = merchant.model_copy(update={"nodes": nodes})
    dispatch_id = dispatched(store)
    services = join(settings, config, store, connector(settings))
    news: list[dict[str, Any]] = [{"order": dispatch_id, "box": "B1"}, {"order": dispatch_id, "box": "B2"}]
    body = json.dumps([*news, {"order": "not-ours", "box": "B3"}]).encode()
    signature = hmac.new(CALLBACK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        door = f"/webhooks/fulfillment/{NODE}"
        assert client.post(door, content=body, headers={"X-Theirs": "forged"}).status_code == 401
        first = client.post(door, content=body, headers={"X-Theirs": signature})
        again = client.post(door, content=body, headers={"X-Theirs": signature})
        assert [answer.status_code for answer in (first, again)] == [200, 200]
        assert (first.json()["state"], again.json()["duplicate"]) == (EventState.STORED, True)
        (strange,) = client.get("/api/unreadable").json()
        assert "none of ours" in strange["detail"]
    mine = store.database.read(
        lambda c: c.exec_driver_sql("SELECT count(*) FROM raw_events WHERE order_key IS NOT NULL").scalar_one()
    )
    assert mine == 2
