"""Cursor connections: `first`/`last` is required, cursors survive changes of what lies before them."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

Item = TypeVar("Item")
View = dict[str, Any]
MOST_PER_PAGE = 250


def connection(
    items: Sequence[Item], view: Callable[[Item], View], place: Callable[[Item], tuple[Any, ...]], arguments: View
) -> View:
    """A page of `items`, which are in order of `place`, after or before a cursor."""
    ordered = list(reversed(items)) if arguments.get("reverse") else list(items)
    start, end = _bounds([_cursor(place(item)) for item in ordered], arguments)
    size = page_size(arguments)
    low, high = (start, min(start + size, end)) if arguments.get("first") is not None else (max(start, end - size), end)
    page = ordered[low:high]
    cursors = [_cursor(place(item)) for item in page]
    nodes = [view(item) for item in page]
    return {
        "nodes": nodes,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
        "pageInfo": {
            "hasNextPage": high < len(ordered),
            "hasPreviousPage": low > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def page_size(arguments: View) -> int:
    first, last = arguments.get("first"), arguments.get("last")
    if (first is None) == (last is None):
        raise GraphQLError("you must provide one of first or last")
    size = first if first is not None else last
    if not isinstance(size, int) or not 0 <= size <= MOST_PER_PAGE:
        raise GraphQLError(f"first and last must be between 0 and {MOST_PER_PAGE}")
    return size


def _cursor(place: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _bounds(cursors: list[str], arguments: View) -> tuple[int, int]:
    """Where the page may begin and end. A cursor whose item has gone stands where it would be now."""
    start, end = 0, len(cursors)
    descending = bool(arguments.get("reverse"))
    if after := arguments.get("after"):
        start = sum(_is_beyond(_read(after), _read(cursor), descending) for cursor in cursors)
    if before := arguments.get("before"):
        end = sum(
            _read(cursor) != _read(before) and _is_beyond(_read(before), _read(cursor), descending)
            for cursor in cursors
        )
    return start, end


def _is_beyond(mark: list[Any], place: list[Any], descending: bool) -> bool:
    return place >= mark if descending else place <= mark


def _read(cursor: str) -> list[Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError:
        raise GraphQLError("Invalid cursor for current pagination sort.") from None
    if not isinstance(place, list):
        raise GraphQLError("Invalid cursor for current pagination sort.")
    return place
