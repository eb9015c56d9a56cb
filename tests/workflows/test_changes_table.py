"""Every change of mind at every step of an order's life, on both channels: node, channel, ledger and story."""

import asyncio

import pytest

from orderloom.domain.keys import Channel
from tests.workflows.change_page import PAGE, page
from tests.workflows.change_play import CHANGES, Seen, play
from tests.workflows.change_table import TABLE, cells
from tests.workflows.crowd import Crowd
from tests.workflows.life import STEPS, Play
from tests.workflows.world import World


def expected(change: Play, channel: Channel) -> dict[str, Seen]:
    return {step: one for step, one in cells(change, channel).items() if isinstance(one, Seen)}


PLAYED = [(change, channel) for change in CHANGES.values() for channel in Channel if expected(change, channel)]


@pytest.mark.parametrize(("change", "channel"), PLAYED, ids=[f"{c.__name__}-{k}" for c, k in PLAYED])
async def test_a_change_of_mind_at_every_step_does_what_the_table_says(
    world: World, change: Play, channel: Channel
) -> None:
    crowd, wanted = Crowd(world), expected(change, channel)
    # Side by side: each has a node and SKUs of its own.
    seen = await asyncio.gather(*(play(crowd, channel, STEPS[step], change) for step in wanted))
    assert dict(zip(wanted, seen, strict=True)) == wanted
    assert world.store.ledger.verify().violations == ()
    await crowd.leave()


def test_the_table_has_every_change_at_every_step_on_both_channels() -> None:
    assert {change for change, _ in TABLE} == set(CHANGES.values())
    for change in CHANGES.values():
        for channel in Channel:
            assert list(cells(change, channel)) == list(STEPS)
    named = {step for of in TABLE.values() if not isinstance(of, str) for step in of}
    assert named == set(STEPS)


def test_the_page_of_changes_is_written_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.workflows.change_page"
