"""Fixtures that every test folder may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.sqs import QueueServer, running_queue_server

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
"""How long one example takes says how busy the machine is, and nothing of the code."""

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of contracts and samples that lies beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout: its contracts and samples are not ours to commit")
    return SHARED


@pytest.fixture(scope="session")
def queue_server() -> Iterator[QueueServer]:
    """SQS as moto plays it, with credentials that are none."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with running_queue_server() as server:
            yield server
