"""The outside of the starter, for real: a Temporal development server that can go away, and uvicorn on a free port."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from temporalio.client import Client

from starter.stack import programs
from starter.stack.endpoints import Ports
from starter.stack.supervisor import Supervisor
from workflows.connection import connect

PATIENCE_SECONDS = 30.0


class TemporalServer:
    """One development server with its state in a file; it may be stopped and started again."""

    def __init__(self, state_dir: Path, ports: Ports) -> None:
        self.address = f"127.0.0.1:{ports.temporal}"
        self._program = programs.temporal(state_dir, ports)
        self._supervisor = Supervisor(state_dir, lambda line: None)
        self._spawned = False

    def start(self) -> None:
        if self._spawned:
            self._supervisor.restart("temporal")
        else:
            self._supervisor.spawn(self._program)
            self._spawned = True
        self._supervisor.wait_until_ready("temporal", PATIENCE_SECONDS)

    def stop(self) -> None:
        self._supervisor.kill("temporal")

    def close(self) -> None:
        self._supervisor.close(("temporal",))

    async def connect(self) -> Client:
        return await connect(self.address)


@contextlib.contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The app behind uvicorn in a thread of its own; its address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


def until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition; fails where it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
