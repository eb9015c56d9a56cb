"""Tells Temporal that a long step is alive, so that one that its worker took down with it is begun again soon."""

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio import activity

BEATS = 3
"""Beats within one heartbeat timeout: one may get lost. A step that ends before the first beat costs nothing."""


@contextmanager
def pulse(timeout: timedelta | None) -> Iterator[None]:
    """Heartbeat from beside the step while it runs; without a timeout, or outside an activity, do nothing."""
    if timeout is None or not activity.in_activity():
        yield
        return
    done = threading.Event()
    context = contextvars.copy_context()

    def beat() -> None:
        while not done.wait(timeout.total_seconds() / BEATS):
            context.run(activity.heartbeat)

    beating = threading.Thread(target=beat, name="pulse", daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()
