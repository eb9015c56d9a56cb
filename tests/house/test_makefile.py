"""`make` explains itself and says in one line what it misses."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tables import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=clean | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A checkout without .venv, in a path with a space."""
    folder = tmp_path / "a clone"
    (folder / "deploy").mkdir(parents=True)
    for name in ("Makefile", "uv.lock", "pyproject.toml", "deploy/venv.sh"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def a_python(folder: Path, script: str) -> str:
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return str(python)


@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_help_lists_every_target_and_needs_no_environment(fresh: Path, arguments: list[str]) -> None:
    listed = re.findall(r"^  make (\w+) +\S", make(fresh, *arguments).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)
    assert not (fresh / ".venv").exists()


def test_every_target_is_declared_as_no_file() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert sorted(phony[1].split()) == sorted(TARGETS)


def test_a_missing_python_is_named_in_one_line(tmp_path: Path, fresh: Path) -> None:
    done = make(fresh, "test", f"PYTHON={tmp_path}/none")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("orderloom: needs Python 3.11, 3.12 or 3.13; ")
    assert "not found" in done.stderr


def test_a_python_that_is_too_old_is_named_with_its_version(tmp_path: Path, fresh: Path) -> None:
    old = a_python(tmp_path, '[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1')
    assert "is Python 3.9.2" in make(fresh, "test", f"PYTHON={old}").stderr.splitlines()[0]


def test_a_python_without_venv_names_the_package_to_install(tmp_path: Path, fresh: Path) -> None:
    bare = a_python(tmp_path, 'case "$2" in *ensurepip*) exit 1;; esac\nexit 0')
    done = make(fresh, "test", f"PYTHON={bare}")
    assert "apt-get install python3-venv" in done.stderr.splitlines()[0]
    assert not (fresh / ".venv").exists()
