"""What the documentation shows, taken from its own pages."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from orderloom.domain.action_settings import ActionSettings

DOCS = Path(__file__).resolve().parents[2] / "docs"


def documented_actions() -> dict[str, ActionSettings]:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    block = next(text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if text.startswith("actions:"))
    said = YAML(typ="safe").load(block)
    return {name: ActionSettings.model_validate(action) for name, action in said["actions"].items()}


def documented_example(heading: str) -> dict[str, Any]:
    """The YAML that the page of rules shows under a heading."""
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    said: dict[str, Any] = YAML(typ="safe").load(page.split(f"# {heading}\n")[1].split("```yaml\n")[1].split("```")[0])
    return said


def documented_conditions() -> list[str]:
    """Every condition of a rule that the page of rules shows."""
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    blocks = [YAML(typ="safe").load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    alone = [line for text in re.findall(r"```cel\n(.*?)```", page, re.DOTALL) for line in text.splitlines()]
    return [rule["when"] for block in blocks for rule in block.get("rules", ())] + alone
