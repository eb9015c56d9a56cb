"""Places in a YAML document: a path of keys and positions, its name, its line, and where a condition's column is."""

from collections.abc import Iterator, Sequence
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


def position_in_file(
    document: Any, lines: Sequence[str], place: Place, column: int | None
) -> tuple[int | None, int | None]:
    """Line and column of the file, both counted from 1, where a text's own column is; the text may go over lines.

    Without a column it is where the field begins. What cannot be told is None.
    """
    line, node = line_of(document, place), document
    for step in place[:-1]:
        node = node[step]
    try:
        start = node.lc.value(place[-1]) if isinstance(place[-1], str) else node.lc.item(place[-1])
        key = node.lc.key(place[-1]) if isinstance(place[-1], str) else start
        text = node[place[-1]]
    except (AttributeError, KeyError, IndexError, TypeError):
        return line, None
    if column is None:
        return line, int(key[1]) + 1
    style = type(text).__name__
    if "Quoted" in style:
        # One over several lines may hold escapes; within one line it begins behind its quote.
        return line, None if start[0] != key[0] else int(start[1]) + column + 1
    is_block = "Literal" in style or "Folded" in style
    parts = _block(lines, start[0] + 1) if is_block else _plain(lines, *start)
    # What is missing at the end is behind the last word, not on the next line.
    beyond = max(column - len(text.rstrip()), 0)
    found = _found(parts, column - beyond, counts_blank="Literal" in style)
    return (found[0], found[1] + beyond) if found else (line, None)


Part = tuple[int, int, str]
"""What one line holds of a text: its row and its first column in the file, both counted from 0, and the words."""


def _block(lines: Sequence[str], first: int) -> Iterator[Part]:
    """Behind `|` or `>`: every line without the indentation of the first one that has words."""
    indent = next((len(line) - len(line.lstrip()) for line in lines[first:] if line.strip()), 0)
    return ((row, indent, line[indent:]) for row, line in enumerate(lines[first:], first))


def _plain(lines: Sequence[str], row: int, start: int) -> Iterator[Part]:
    """Text without quotes: each further line is folded onto the one before, by one blank."""
    yield row, start, lines[row][start:].rstrip()
    for further, line in enumerate(lines[row + 1 :], row + 1):
        yield further, len(line) - len(line.lstrip()), line.strip()


def _found(parts: Iterator[Part], column: int, *, counts_blank: bool) -> tuple[int, int] | None:
    for row, start, words in parts:
        if not words and not counts_blank:
            continue
        if column <= len(words):
            return row + 1, start + column
        column -= len(words) + 1
    return None


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
