"""One running stack for the end-to-end tests, stopped after them: real Temporal, database and HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from starter.stack import Stack
from tests.e2e.kitchen import Kitchen, put_up


@pytest.fixture(scope="package")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    home: Path = tmp_path_factory.mktemp("stack")
    with Stack(home, speed=120.0, pick_seconds=0.3, furnish=put_up) as stack, Kitchen.open(stack) as kitchen:
        yield kitchen
