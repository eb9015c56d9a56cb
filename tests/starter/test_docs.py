"""The pages about the command line and the story of an order say what the code does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from orderloom.domain.records import OrderStory
from starter.cli.commands import COMMANDS, command_named
from starter.cli.imports import COUNT_COLUMNS, LISTING_COLUMNS, RECEIPT_COLUMNS, SKU_COLUMNS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def models(root: type[BaseModel]) -> dict[str, list[str]]:
    """Every model of the document with its fields, as pydantic's own schema of the JSON names them."""
    schema = root.model_json_schema(mode="serialization")
    definitions: dict[str, Any] = {**schema["$defs"], root.__name__: schema}
    return {name: list(part["properties"]) for name, part in definitions.items() if "properties" in part}


def test_every_field_of_an_orders_story_is_documented_in_its_order() -> None:
    sections = re.split(r"^## ", (DOCS / "orders-show.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    documented = {
        section.split("\n", 1)[0]: re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) for section in sections
    }
    assert documented == models(OrderStory)


def commands(command: Any, words: str) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words
        return
    for name in inner:
        yield from commands(inner[name], f"{words} {name}")


def test_every_command_is_documented() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    documented = {
        " ".join(re.findall(r"[a-z]+(?:-[a-z]+)*", row.split(" --")[0]))
        for row in re.findall(r"^\| `(.+?)`", page, re.M)
    }
    documented = {name for name in documented if name.startswith("orderloom")}
    documented = {re.sub(r" csv$", "", name) for name in documented}
    assert documented == {words for name in COMMANDS for words in commands(command_named(name), f"orderloom {name}")}


def test_the_help_of_every_command_is_its_own_summary() -> None:
    for name, (_, summary) in COMMANDS.items():
        assert command_named(name).help == summary


def test_every_column_of_a_csv_file_is_documented() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    for columns in (SKU_COLUMNS, LISTING_COLUMNS, COUNT_COLUMNS, RECEIPT_COLUMNS):
        for name in columns.required + columns.optional:
            assert f"`{name}`" in page
