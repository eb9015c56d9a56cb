"""Runs the sandbox: in the foreground, or in a thread on a free port for tests and the demo."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from orderloom.sandbox.app import create_app
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import SandboxConfig
from orderloom.sandbox.control import SandboxControl

_DROPPED = "ASGI callable returned without completing response."
_START_SECONDS = 15.0
_IDLE_SECONDS = 75
"""How long an idle connection stays open: longer than a client keeps it (httpx 5 s), which would else find it closed
just as it sends the next call."""


class _LostOnPurpose(logging.Filter):
    """Keeps uvicorn from calling a purposely lost answer an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.getMessage() != _DROPPED


def _server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    error_log = logging.getLogger("uvicorn.error")
    if not any(isinstance(known, _LostOnPurpose) for known in error_log.filters):
        error_log.addFilter(_LostOnPurpose())
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        ws="none",
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def serve(config: SandboxConfig, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    _server(create_app(config), host, port).run()


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers at `url`, steered by `control`."""

    url: str
    control: SandboxControl
    config: SandboxConfig


@contextmanager
def running_sandbox(config: SandboxConfig, clock: Clock | None = None, port: int = 0) -> Iterator[RunningSandbox]:
    """A sandbox in a thread, on a free port unless one is given; ends with the block."""
    server = _server(create_app(config, clock), "127.0.0.1", port)
    # asyncio sets TCP_NODELAY only where the protocol is named, and without it every answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listening],), name="sandbox", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            with SandboxControl(url) as control:
                yield RunningSandbox(url, control, config)
        finally:
            server.should_exit = True
            thread.join()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.01)
