"""A fresh sandbox world for each test."""

import socket
from collections.abc import Iterator

import pytest

from tests.sandbox.world import Receiver, World, running_receiver, running_world


@pytest.fixture
def world() -> Iterator[World]:
    with running_world() as running:
        yield running


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """Where the world sends its webhooks and callbacks."""
    with running_receiver() as running:
        world.control.send_to(running.url)
        yield running


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
