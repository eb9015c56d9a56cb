"""One app in a process of its own, on a socket that its parent has opened."""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

STOP_SECONDS = 30.0
WAITING_CALLS = 1024


@contextmanager
def served(module: str) -> Iterator[str]:
    """The address of the app that `python -m module` serves; the process ends with the block.

    A fresh interpreter, so that it holds what its module imports and nothing else. Calls wait in the socket's queue
    until the app has started, and are refused where the process has ended.
    """
    with tempfile.TemporaryDirectory(prefix="orderloom-bench-") as folder:
        with socket.create_server(("127.0.0.1", 0), backlog=WAITING_CALLS) as listener:
            number = listener.fileno()
            command = [sys.executable, "-m", module, str(number), folder]
            process = subprocess.Popen(command, pass_fds=[number])
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield address
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def serve(app: FastAPI) -> None:
    """In the process that `served` begins: until it is terminated."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    server.run(sockets=[listener])
