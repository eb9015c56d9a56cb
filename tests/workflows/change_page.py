"""Writes docs/changes.md out of the table that is played: `python -m tests.workflows.change_page`."""

from pathlib import Path

from orderloom.domain.keys import Channel
from tests.workflows.change_play import CHANGES, Seen
from tests.workflows.change_table import cells
from tests.workflows.life import BY_AMAZON, STEPS, Play

PAGE = Path(__file__).resolve().parents[2] / "docs" / "changes.md"
HEAD = """# What a change of mind does

Written by `python -m tests.workflows.change_page` from the table that `tests/workflows/test_changes_table.py` plays:
each row is an order on a real Temporal server and a real store, with three units: two of one SKU, one of another.

| step | where the order is when the change comes |
|---|---|
"""
LEGEND = """
Node: what it was asked for and what has left; *does not stop* means that it was told to and went on. Channel: what it
was told. Stock: units on hand / reserved of the order's SKUs once all is at rest; the ledger balances in every row.
Story: the words that the change adds to the order's timeline.

Multi-Channel Fulfillment is a node like any other: until Amazon begins to pick, an order there is as in `dispatched`,
then as in `unstoppable`. What is reserved and counted out is then the pool at Amazon, as Amazon counts it.
"""


def page() -> str:
    rows = "".join(f"| `{name}` | {_doc(step)} |\n" for name, step in STEPS.items())
    return HEAD + rows + LEGEND + "".join(_section(change) for change in CHANGES.values())


def _section(change: Play) -> str:
    shopify, amazon = (cells(change, channel) for channel in (Channel.SHOPIFY, Channel.AMAZON))
    alike = shopify | {BY_AMAZON: amazon[BY_AMAZON]} == amazon
    tables = {"Shopify and Amazon": amazon} if alike else {"Shopify": shopify, "Amazon": amazon}
    return f"\n## {_doc(change)}\n" + "".join(f"\n{name}:{_table(rows)}" for name, rows in tables.items())


def _table(rows: dict[str, Seen | str]) -> str:
    reasons = {str(why) for why in rows.values()}
    if len(reasons) == 1:
        return f" n/a, {reasons.pop()}.\n"
    head = "\n\n| step | then it is | node | channel | stock | story |\n|---|---|---|---|---|---|\n"
    return head + "".join(f"| `{step}` | {_cells(one)} |\n" for step, one in rows.items())


def _cells(one: Seen | str) -> str:
    if isinstance(one, str):
        return f"n/a: {one} | | | |"
    story = ", ".join(f"`{word}`" for word in sorted(one.story)) or "-"
    return f"{one.status.replace('_', ' ')} | {one.node} | {one.channel} | {one.stock} | {story}"


def _doc(play: Play) -> str:
    return (play.__doc__ or "").strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
