"""Hypothesis strategies that break a valid payload somewhere, the way a sender may one day."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["", "0", "-1", "1e999", "NaN", "\x00", "\ud800", "0001-01-01T00:00:00+05:00", "2026-11-23"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for step, inner in steps for found in _paths(inner, (*path, step)))]


@st.composite
def mutated(draw: st.DrawFn, payload: dict[str, Any]) -> bytes:
    """`payload` with up to three values replaced or removed, anywhere."""
    broken = copy.deepcopy(payload)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in _paths(broken) if p] or [()]))
        if not path:
            break
        holder = broken
        for step in path[:-1]:
            holder = holder[step]
        if draw(st.booleans()):
            holder[path[-1]] = draw(JSON_VALUES)
        else:
            del holder[path[-1]]
    return json.dumps(broken).encode()
