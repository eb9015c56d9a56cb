"""A small real HTTP server on loopback that answers as a test tells it, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def operation(self) -> str:
        """The GraphQL operation's name; "" in any other request."""
        return str(self.json.get("operationName", "")) if self.path.endswith("/graphql.json") else ""

    @property
    def form(self) -> Mapping[str, list[str]]:
        return parse_qs(self.body.decode())


@dataclass
class Answer:
    body: object = None
    """Sent as it is where it is bytes, else as JSON."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    """The server does its work, and the connection breaks before the answer."""
    silent: bool = False
    """The server does its work, and does not answer until the test is over."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


def _write(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if answer.status != 204:
        handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    if answer.status != 204:
        handler.wfile.write(raw)


class ScriptedServer:
    """Answers with the answers of the first word that is the GraphQL operation or part of the path, in their order;
    the last one again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[str, list[Answer]] = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                asked = Asked(self.command, split.path, parse_qs(split.query), dict(self.headers), body)
                self._answer(server._next(asked))

            def do_GET(self) -> None:
                self.do_POST()

            def do_PATCH(self) -> None:
                self.do_POST()

            def _answer(self, answer: Answer) -> None:
                if answer.silent:
                    server._over.wait(30)
                if answer.lost or answer.silent:
                    self.close_connection = True
                    return
                _write(self, answer)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.netloc}"

    def on(self, word: str, *answers: Answer) -> None:
        with self._lock:
            self._scripts[word] = list(answers)

    def asked_of(self, word: str) -> list[Asked]:
        return [asked for asked in self.asked if word == asked.operation or word in asked.path]

    def _next(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            script = next(
                (found for word, found in self._scripts.items() if word == asked.operation or word in asked.path), None
            )
            if script is None:
                return Answer({"errors": [{"code": "Unscripted", "message": asked.path}]}, status=501)
            return script.pop(0) if len(script) > 1 else script[0]

    @contextmanager
    def serving(self) -> Iterator["ScriptedServer"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
