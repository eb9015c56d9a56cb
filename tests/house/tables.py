"""The rows that the docs must hold, read out of the code. A failing test prints the row to paste."""

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from orderloom.domain.facts import FACTS
from orderloom.domain.line_facts import LINE_FIELDS
from orderloom.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| `([^`]+)` \|")


def table_rows(page: str) -> dict[str, str]:
    """The rows of a page's tables whose first cell is one word of code, by that word."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    return {found[1]: line for line in lines if (found := _ROW.match(line))}


def settings_rows() -> dict[str, str]:
    meanings = _attribute_docstrings(ROOT / "orderloom" / "settings.py", "Settings")
    rows = {}
    for name, field in Settings.model_fields.items():
        variable = _variable(name, field)
        rows[variable] = f"| `{variable}` | {_default(field)} | {meanings.get(name, 'UNDOCUMENTED')} |"
    return rows


def facts_rows() -> dict[str, str]:
    rows = {fact.name: f"| `{fact.name}` | `{fact.type.value}` | {fact.meaning} |" for fact in FACTS}
    for name, (kind, meaning) in LINE_FIELDS.items():
        rows[f"line.{name}"] = f"| `line.{name}` | `{kind}` | {meaning} |"
    return rows


def _variable(name: str, field: FieldInfo) -> str:
    if isinstance(field.validation_alias, AliasChoices):
        return next(str(choice) for choice in field.validation_alias.choices if str(choice).isupper())
    return f"ORDERLOOM_{name.upper()}"


def _default(field: FieldInfo) -> str:
    default: Any = field.get_default(call_default_factory=True)
    if default is None or default == {}:
        return "-"
    if hasattr(default, "total_seconds"):
        return f"`PT{default.total_seconds():g}S`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _attribute_docstrings(path: Path, class_name: str) -> dict[str, str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    return {
        field.target.id: " ".join(str(text.value.value).split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
