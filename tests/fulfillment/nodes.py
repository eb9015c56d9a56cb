"""A small real node on loopback that answers as a test tells it, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from orderloom.domain.orders import PersonalData
from orderloom.domain.shipments import DispatchRequest, ShipmentLine

DISPATCH_ID = "0123456789-1001-1-1"


@dataclass
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    """The node does its work and the connection breaks before the answer."""
    silent: bool = False
    """The node does its work and does not answer until the test is over."""


class ScriptedNode:
    """Gives its answers in order; the last one again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.over = threading.Event()
        self._news = threading.Condition()
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                with node._news:
                    node.asked.append(Asked(self.command, self.path, dict(self.headers), body))
                    node._news.notify_all()
                self._answer(node.answers.pop(0) if len(node.answers) > 1 else node.answers[0])

            def do_GET(self) -> None:
                self.do_POST()

            def _answer(self, answer: Answer) -> None:
                if answer.silent:
                    node.over.wait(30)
                if answer.lost or answer.silent:
                    self.close_connection = True
                    return
                raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.root}/nodes/harbor"

    def wait_until_asked(self, times: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.asked) >= times, timeout=15)

    @contextmanager
    def serving(self) -> Iterator["ScriptedNode"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def a_request() -> DispatchRequest:
    return DispatchRequest(
        dispatch_id=DISPATCH_ID,
        node="harbor",
        order_name="#1001",
        service_level="Standard",
        ship_by=datetime(2026, 11, 25, 17, tzinfo=UTC),
        lines=(ShipmentLine(line_id="1", sku="PAN", quantity=2),),
        recipient=PersonalData(
            name="Zoë Quill", address_lines=("12 Main Street",), city="Salem", country="US", email="zoe@example.org"
        ),
    )


def a_package(**changes: object) -> dict[str, object]:
    return {
        "package_id": "P1",
        "carrier": "UPS",
        "service": "Ground",
        "tracking_number": "1Z999",
        "tracking_url": None,
        "shipped_at": "2026-11-23T10:00:00Z",
        "lines": [{"line_id": "1", "sku": "PAN", "quantity": 2}],
        **changes,
    }


def a_document(**changes: object) -> dict[str, object]:
    return {"dispatch_id": DISPATCH_ID, "state": "accepted", "reason": "", "packages": [], **changes}
