"""Places in a YAML document: a path of keys and positions, its name, its line, and where a condition's column is."""

from collections.abc import Sequence
from typing import Any

Place = tuple[str | int, ...]
"""Keys and list positions."""


def field_name(place: Place) -> str:
    field = ""
    for step in place:
        field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else str(step)
    return field or "file"


def line_of(document: Any, place: Place) -> int | None:
    """The line, counted from 1, of the deepest part of `place` that is in the file."""
    line: int | None = None
    node = document
    for step in place:
        position = getattr(node, "lc", None)
        if position is None:
            break
        try:
            line = position.item(step)[0] + 1 if isinstance(step, int) else position.key(step)[0] + 1
            node = node[step]
        except (KeyError, IndexError, TypeError):
            break
    return line


def column_in_file(document: Any, place: Place, column: int | None) -> int | None:
    """The column of the file, counted from 1, where a text's own column is; None where the text is folded over lines.

    Without a column it is where the field begins.
    """
    node = document
    for step in place[:-1]:
        node = node[step]
    try:
        start = node.lc.value(place[-1]) if isinstance(place[-1], str) else node.lc.item(place[-1])
        key = node.lc.key(place[-1]) if isinstance(place[-1], str) else start
        text = node[place[-1]]
    except (AttributeError, KeyError, IndexError, TypeError):
        return None
    if column is None:
        return int(key[1]) + 1
    # Plain text begins at its mark, quoted text behind its quote; a block (| or >) begins on another line.
    style = type(text).__name__
    if "Literal" in style or "Folded" in style or start[0] != key[0]:
        return None
    return int(start[1]) + column + ("Quoted" in style)


def without_union_tags(document: Any, loc: Sequence[str | int]) -> Place:
    """Pydantic names the chosen union member in a location; the file does not have that level."""
    place: list[str | int] = []
    node = document
    for position, step in enumerate(loc):
        is_tag = not isinstance(step, int) and isinstance(node, dict) and step not in node and position + 1 < len(loc)
        is_beyond = position > 0 and not isinstance(node, dict | list)
        if is_tag or is_beyond:
            continue
        place.append(step)
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
    return tuple(place)
