"""Fixtures that every test folder may use."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of contracts and samples that lies beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout: its contracts and samples are not ours to commit")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share something costly run in one process: those of a file, and those of the end-to-end stack."""
    for item in items:
        shares_the_stack = "kitchen" in getattr(item, "fixturenames", ()) and item.path.parent.name == "e2e"
        place = item.path.parent if shares_the_stack else item.path
        item.add_marker(pytest.mark.xdist_group(str(place.relative_to(item.config.rootpath))))
