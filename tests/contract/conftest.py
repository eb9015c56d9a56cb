"""A fresh sandbox world for each test, and Amazon's client loaded without its warnings and its logging."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

from orderloom.channels.amazon.mcf import MultiChannelNode
from tests.contract.multi_channel import running_node
from tests.sandbox.world import Receiver, World, running_receiver, running_world

_root_logging = logging.root.level, logging.root.handlers[:]
with warnings.catch_warnings():
    # Its sources hold invalid escape sequences, which are warnings when they are first compiled.
    warnings.simplefilter("ignore")
    import spapi  # noqa: F401
# It also configures the root logger, which would make every other test of the session log at INFO.
logging.root.level, logging.root.handlers[:] = _root_logging


@pytest.fixture(scope="session")
def admin(shared: Path) -> GraphQLSchema:
    """Shopify's Admin schema 2026-10."""
    text = (shared / "contracts/shopify/admin-2026-10.graphql").read_text()
    return build_schema(text, assume_valid=True, no_location=True)


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
def node(world: World) -> Iterator[MultiChannelNode]:
    """Amazon's warehouses as a node of ours."""
    with running_node(world) as running:
        yield running
