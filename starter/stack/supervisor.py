"""Looks after the children: starts them, waits for them, restarts those that die, stops them in order."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from starter.stack.processes import Child, Program, StackFailed

LOOK_SECONDS = 0.2
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.5, 15.0
STEADY_SECONDS = 60.0
"""A child that ran this long starts with the first back-off again."""

Say = Callable[[str], None]
Answer = TypeVar("Answer")


class Supervisor:
    """All methods may be called from any thread; the children are started by one thread that lives until `close`.

    That thread matters: a child on a leash dies with the thread that started it.
    """

    def __init__(self, logs: Path, say: Say) -> None:
        self._logs = logs
        self._say = say
        self._children: dict[str, Child] = {}
        self._requests: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)
        self._thread.start()

    def spawn(self, program: Program) -> None:
        child = Child(program, self._logs / f"{program.name}.log")
        self._children[program.name] = child
        self._ask(child.start)

    def wait_until_ready(self, name: str, seconds: float) -> None:
        """Raises StackFailed when the child ends first or is not ready in time."""
        child = self._children[name]
        deadline = time.monotonic() + seconds
        while not child.program.is_ready(child.started_at):
            if not child.is_alive:
                raise StackFailed(name, f"{child.ending} before it was ready", child.log)
            if time.monotonic() > deadline:
                raise StackFailed(name, f"was not ready after {seconds:.0f} s", child.log)
            time.sleep(LOOK_SECONDS / 2)
        child.has_been_ready = True

    def stop(self, name: str) -> None:
        self._ask(self._children[name].stop)

    def kill(self, name: str) -> None:
        self._ask(self._children[name].kill)

    def restart(self, name: str) -> None:
        """Start it again, stopping it first where it still runs."""
        child = self._children[name]

        def again() -> None:
            child.stop()
            child.has_been_ready = False
            child.start()

        self._ask(again)

    def pid(self, name: str) -> int | None:
        return self._children[name].pid

    def close(self, order: tuple[str, ...]) -> None:
        """Stop every child, in this order, and then the thread."""
        if not self._thread.is_alive():
            return
        children = [self._children[name] for name in order if name in self._children]
        for child in children:
            child.wanted = False
        try:
            for child in children:
                self._ask(child.stop)
        finally:
            self._requests.put(None)
            self._thread.join()

    def _ask(self, action: Callable[[], Answer]) -> Answer:
        answer: Future[Answer] = Future()

        def run() -> None:
            try:
                answer.set_result(action())
            except BaseException as failure:  # noqa: BLE001 - handed to the one who asked
                answer.set_exception(failure)

        self._requests.put(run)
        return answer.result()

    def _work(self) -> None:
        while True:
            request: Any = _nothing
            with contextlib.suppress(queue.Empty):
                request = self._requests.get(timeout=LOOK_SECONDS)
            if request is None:
                return
            request()
            for child in self._children.copy().values():
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        if not (child.wanted and child.has_been_ready) or child.is_alive:
            return
        now = time.time()
        if child.restart_at is None:
            if now - child.started_at > STEADY_SECONDS:
                child.restarts = 0
            wait = min(FIRST_BACKOFF_SECONDS * 2**child.restarts, LONGEST_BACKOFF_SECONDS)
            child.restarts += 1
            child.restart_at = now + wait
            self._say(f"{child.program.name} {child.ending}; starting it again in {wait:.1f} s (log: {child.log})")
        elif now >= child.restart_at:
            self._start_again(child)

    def _start_again(self, child: Child) -> None:
        try:
            child.start()
        except OSError as failure:
            child.restart_at = time.time() + LONGEST_BACKOFF_SECONDS
            self._say(f"{child.program.name} cannot be started: {failure.strerror}; trying again later")


def _nothing() -> None:
    """Stands for a look at the children that nobody asked for."""
