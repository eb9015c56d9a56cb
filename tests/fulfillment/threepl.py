"""A small 3PL with an API of its own, in the shape of ShipBob's: takes an order once, and behaves as badly as told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-ours"

_INSTEAD: dict[str, tuple[int, Any] | None] = {
    "refuses": (400, {"code": "invalid_address"}),
    "busy": (429, {}),
    "fails before": (500, {}),
    "never hears": None,
}
"""Moods in which it does nothing."""


@dataclass
class ThreePl:
    """`mood` is what happens to the next orders, one each; "" is all well."""

    url: str = ""
    moods: list[str] = field(default_factory=list)
    moods_of_cancel: list[str] = field(default_factory=list)
    """The same for the next requests to stop one."""
    orders: list[dict[str, Any]] = field(default_factory=list)
    shipped: bool = False
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def posted(self, path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        """The answer; None where the connection ends without one."""
        if path.endswith(":cancel"):
            mood = self.moods_of_cancel.pop(0) if self.moods_of_cancel else ""
            if mood in _INSTEAD:
                return _INSTEAD[mood]
            answer = self.cancel(int(path.split("/")[-1].removesuffix(":cancel")))
            return (500, {}) if mood == "fails after" else answer
        mood = self.moods.pop(0) if self.moods else ""
        if mood in _INSTEAD:
            return _INSTEAD[mood]
        answer = self.create(body)
        if mood == "late":
            self.over.wait(10)
        return {"fails after": (500, {}), "drops after": None}.get(mood, answer)

    def create(self, body: dict[str, Any]) -> tuple[int, Any]:
        if any(order["reference_id"] == body["reference_id"] for order in self.orders):
            return 422, {"errors": ["reference_id must be unique"]}
        order = {**body, "id": 7000 + len(self.orders), "status": "Processing"}
        self.orders.append(order)
        return 201, self.document(order)

    def document(self, order: dict[str, Any]) -> dict[str, Any]:
        items = [
            {"reference_id": p["reference_id"], "inventory_items": [{"quantity": p["quantity"]}]}
            for p in order["products"]
        ]
        tracking = {"carrier": "USPS", "tracking_number": "9400", "tracking_url": None} if self.shipped else None
        shipment = {
            "id": order["id"] + 1000,
            "tracking": tracking,
            "actual_fulfillment_date": "2026-11-23T10:00:00+00:00" if self.shipped else None,
            "products": items,
        }
        status = "Fulfilled" if self.shipped else order["status"]
        facts = {"id": order["id"], "reference_id": order["reference_id"], "status": status}
        return {**facts, "shipments": [shipment]}

    def found(self, reference: str) -> list[dict[str, Any]]:
        return [self.document(order) for order in self.orders if order["reference_id"] == reference]

    def cancel(self, order_id: int) -> tuple[int, Any]:
        order = next(order for order in self.orders if order["id"] == order_id)
        if self.shipped:
            return 422, {}
        order["status"] = "Cancelled"
        return 200, self.document(order)


@contextmanager
def running_threepl() -> Iterator[ThreePl]:
    threepl = ThreePl()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
            threepl.seen.append(("POST", self.path, dict(self.headers)))
            answer = threepl.posted(self.path, body)
            if answer:
                self._answer(*answer)

        def do_GET(self) -> None:
            threepl.seen.append(("GET", self.path, dict(self.headers)))
            (reference,) = parse_qs(urlsplit(self.path).query)["ReferenceIds"]
            self._answer(200, threepl.found(reference))

        def _answer(self, status: int, body: Any) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            try:
                self.wfile.write(raw)
            except OSError:
                return  # The caller has hung up.

        def log_message(self, *_: Any) -> None:
            """Test output stays readable."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threepl.url = f"http://127.0.0.1:{server.server_port}/2026-07/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield threepl
    finally:
        threepl.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
