"""A small sandbox world for tests: one seller, one shop, two nodes, and a receiver of webhooks and callbacks."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import httpx

from orderloom.sandbox.clock import Clock, ManualClock
from orderloom.sandbox.config import AmazonSellerConfig, NodeConfig, SandboxConfig, ShopConfig
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.loopback import TRUSTS_NOBODY
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from orderloom.sandbox.spec import SandboxLine, SandboxOrder

MARKETPLACE = "ATVPDKIKX0DER"
SHOP = "copper-oak-kitchen.myshopify.com"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALL_DATA = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"

SELLER = AmazonSellerConfig(
    account="kitchen_us",
    seller_id="A3TEST",
    marketplaces=(MARKETPLACE,),
    client_id="amzn-client",
    client_secret="amzn-secret",
    refresh_token="Atzr|refresh",
)
KITCHEN = ShopConfig(
    account="kitchen",
    shop=SHOP,
    webhook_secret="hush",
    access_token="shpat_fixed",
    client_id="shop-client",
    client_secret="shop-secret",
)
LISTINGS = f"/listings/2021-08-01/items/{SELLER.seller_id}"
NODES = (
    NodeConfig(node="own_warehouse", token="own-token", callback_secret="own-secret", pick_seconds=0.02),
    NodeConfig(node="harbor_3pl", token="harbor-token", callback_secret="harbor-secret", pick_seconds=0.02),
)
CONFIG = SandboxConfig(seed=7, amazon=(SELLER,), shopify=(KITCHEN,), nodes=NODES)


def order(sku: str = "PAN-28", quantity: int = 1, **more: Any) -> SandboxOrder:
    return SandboxOrder(lines=(SandboxLine(sku=sku, quantity=quantity, grams=500),), **more)


@dataclass
class World:
    """A running sandbox, seen by its callers."""

    sandbox: RunningSandbox
    clock: ManualClock
    http: httpx.Client
    _token: tuple[datetime, str] | None = None

    @property
    def control(self) -> SandboxControl:
        return self.sandbox.control

    def amazon_token(self, **changes: str) -> httpx.Response:
        asked = {
            "grant_type": "refresh_token",
            "refresh_token": SELLER.refresh_token,
            "client_id": SELLER.client_id,
            "client_secret": SELLER.client_secret,
        }
        return self.http.post("/auth/o2/token", data=asked | changes)

    def amazon(self, method: str, path: str, **more: Any) -> httpx.Response:
        if self._token is None or self.clock.now() - self._token[0] > timedelta(minutes=30):
            self._token = self.clock.now(), self.amazon_token().json()["access_token"]
        return self.http.request(method, path, headers={"x-amz-access-token": self._token[1]}, **more)

    def search(self, **parameters: Any) -> httpx.Response:
        given = {"lastUpdatedAfter": "2026-11-01T00:00:00Z"} | parameters
        return self.amazon("GET", "/orders/2026-01-01/orders", params={k: v for k, v in given.items() if v is not None})

    def get_order(self, order_id: str, included: str = ALL_DATA) -> dict[str, Any]:
        answer = self.amazon("GET", f"/orders/2026-01-01/orders/{order_id}", params={"includedData": included})
        document: dict[str, Any] = answer.raise_for_status().json()["order"]
        return document

    def confirm(self, order_id: str, detail: dict[str, Any], marketplace: str = MARKETPLACE) -> httpx.Response:
        body = {"marketplaceId": marketplace, "packageDetail": detail}
        return self.amazon("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", json=body)

    def listing(self, sku: str, included: str = "summaries,fulfillmentAvailability") -> httpx.Response:
        asked = {"marketplaceIds": MARKETPLACE, "includedData": included}
        return self.amazon("GET", f"{LISTINGS}/{quote(sku, safe='')}", params=asked)

    def search_listings(self, **parameters: Any) -> httpx.Response:
        given = {"marketplaceIds": MARKETPLACE, "includedData": "fulfillmentAvailability"} | parameters
        return self.amazon("GET", LISTINGS, params=given)

    def patch_listing(self, sku: str, quantity: Any, *, op: str = "merge", **more: Any) -> httpx.Response:
        """`value`, `path` and `product_type` replace parts of the body; the rest are query parameters."""
        value = more.pop("value", [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}])
        path = more.pop("path", "/attributes/fulfillment_availability")
        body = {
            "productType": more.pop("product_type", "COOKWARE"),
            "patches": [{"op": op, "path": path, "value": value}],
        }
        asked = {"marketplaceIds": MARKETPLACE} | more
        return self.amazon("PATCH", f"{LISTINGS}/{quote(sku, safe='')}", params=asked, json=body)

    def fba(self, **parameters: Any) -> httpx.Response:
        given = {
            "granularityType": "Marketplace",
            "granularityId": MARKETPLACE,
            "marketplaceIds": MARKETPLACE,
            "details": "true",
        }
        return self.amazon("GET", "/fba/inventory/v1/summaries", params=given | parameters)

    def graphql(self, query: str, token: str = KITCHEN.access_token, **variables: Any) -> httpx.Response:
        return self.http.post(
            f"/shopify/{SHOP}/admin/api/2026-10/graphql.json",
            headers={"X-Shopify-Access-Token": token},
            json={"query": query, "variables": variables},
        )

    def dispatch(self, body: dict[str, Any], node: str = "own_warehouse", **headers: str) -> httpx.Response:
        return self.http.post(
            f"/nodes/{node}/shipments",
            headers=self.node_headers(node) | {"Idempotency-Key": body["dispatch_id"]} | headers,
            json=body,
        )

    def shipment(self, dispatch_id: str, node: str = "own_warehouse") -> httpx.Response:
        return self.http.get(f"/nodes/{node}/shipments/{dispatch_id}", headers=self.node_headers(node))

    def node_headers(self, node: str) -> dict[str, str]:
        token = next(config.token for config in NODES if config.node == node)
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def running_world(config: SandboxConfig = CONFIG, clock: ManualClock | None = None) -> Iterator[World]:
    """Time stands still at noon unless the test moves it; picking and retries take real (short) time."""
    manual = clock or ManualClock(NOON)
    ticking: Clock = manual
    with (
        running_sandbox(config, ticking) as sandbox,
        httpx.Client(base_url=sandbox.url, trust_env=False, verify=TRUSTS_NOBODY) as http,
    ):
        yield World(sandbox, manual, http)


def package(items: dict[str, int], reference: Any = "1", **changes: Any) -> dict[str, Any]:
    detail = {
        "packageReferenceId": reference,
        "carrierCode": "UPS",
        "trackingNumber": "1Z999",
        "shipDate": "2026-11-23T12:00:00Z",
        "orderItems": [{"orderItemId": item, "quantity": units} for item, units in items.items()],
    }
    return {name: value for name, value in (detail | changes).items() if value is not None}


def dispatch_body(dispatch_id: str = "d-1", **changes: Any) -> dict[str, Any]:
    body = {
        "dispatch_id": dispatch_id,
        "order_name": "#1001",
        "service_level": "STANDARD",
        "ship_by": "2026-11-25T12:00:00Z",
        "lines": [{"line_id": "1", "sku": "PAN-28", "quantity": 2}],
        "recipient": {"name": "Ottoline Quibblewick", "address_lines": ["1 Marzipan Wharf"], "country": "US"},
    }
    return body | changes


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass
class Receiver:
    """Stands where the starter stands: keeps what arrives and answers with the next of `statuses`, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, received: Received) -> int:
        with self.changed:
            self.received.append(received)
            self.changed.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait(self, count: int, chosen: Callable[[Received], bool] = lambda _: True) -> list[Received]:
        def found() -> list[Received]:
            return [one for one in self.received if chosen(one)]

        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) >= count, timeout=10), f"only {len(found())} arrived"
            return found()


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(Received(self.path, headers, body)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Test output stays readable."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
