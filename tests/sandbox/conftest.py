"""A fresh sandbox world for each test."""

from collections.abc import Iterator

import pytest

from starter.stack.endpoints import Ports
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
    return Ports.choose(starter=0, temporal=0, temporal_ui=0, sandbox=0).sandbox
