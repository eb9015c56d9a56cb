"""The layering law is really held: a copy of the code that breaks it is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tables import ROOT

ROOMS = ("orderloom", "activities", "workflows", "starter")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_code_keeps_the_law(copy: Path) -> None:
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("orderloom/domain/orders.py", "orderloom.settings"),
        ("orderloom/domain/orders.py", "httpx"),
        ("orderloom/fulfillment/client.py", "orderloom.storage"),
        ("orderloom/sandbox/config.py", "orderloom.settings"),
        ("orderloom/storage/__init__.py", "temporalio.client"),
        ("activities/__init__.py", "orderloom.storage"),
        ("activities/__init__.py", "httpx"),
        ("workflows/__init__.py", "sqlalchemy"),
        ("workflows/__init__.py", "worker"),
        ("activities/__init__.py", "boto3"),
    ],
)
def test_a_forbidden_import_is_caught(copy: Path, module: str, forbidden: str) -> None:
    with (copy / module).open("a") as source:
        source.write(f"\nimport {forbidden}\n")
    done = lint_imports(copy)
    assert done.returncode == 1
    assert f"is not allowed to import {forbidden.partition('.')[0]}" in done.stdout


def test_a_workflow_must_not_reach_a_client_library_through_an_activity_either(copy: Path) -> None:
    (copy / "activities" / "detour.py").write_text("import httpx\n")
    (copy / "workflows" / "detour.py").write_text("import activities.detour\n")
    assert "workflows.detour -> activities.detour" in lint_imports(copy).stdout
