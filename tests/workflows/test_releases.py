"""What an operator let go is let go once: the next change of the same kind is a person's to decide again."""

from typing import Any

import pytest
from temporalio import workflow

from activities.messages import Normalised, Recall
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus, Story
from workflows.releases import Releases

ADDRESS, EDITED, HELD = HoldReason.ADDRESS_TOO_LATE, HoldReason.EDITED_TOO_LATE, HoldReason.HELD_TOO_LATE
MOVED, ELSEWHERE, REGRETS = HoldReason.MOVED_TOO_LATE, HoldReason.MOVED_ELSEWHERE, HoldReason.BUYER_ASKS_TO_CANCEL


def facts(**known: Any) -> Normalised:
    base = Normalised(
        status=OrderStatus.DISPATCHED,
        hold=None,
        name="#1",
        story=Story.SHIP,
        story_reason="",
        state=ChannelState.OPEN,
        fulfilled_by_channel=False,
        before_live=False,
        buyer_asks_to_cancel=False,
        has_address=True,
        open_units=1,
        unmapped=(),
        fulfilled={},
        ship_by=None,
        alert_at=None,
        shipments=(),
        packages=(),
    )
    return base.model_copy(update=known)


def moved_to(place: str) -> Normalised:
    return facts(recalls=(Recall(shipment=1, cause=MOVED, text=f"moved to {place}"),))


WAITS = facts(story=Story.WAIT, story_reason="its payment")
CHANGES = [
    (ADDRESS, [facts(address=1), facts(address=2)]),
    (EDITED, [facts(wants="two"), facts(wants="one")]),
    (HELD, [WAITS, facts(), WAITS]),
    (MOVED, [moved_to("annex"), moved_to("harbor")]),
    (ELSEWHERE, [facts(moved_elsewhere="location 99"), facts(moved_elsewhere="location 98")]),
    (REGRETS, [facts(buyer_asks_to_cancel=True), facts(), facts(buyer_asks_to_cancel=True)]),
]


@pytest.fixture(autouse=True)
def _a_new_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "patched", lambda _: True)


@pytest.mark.parametrize(("cause", "changes"), CHANGES, ids=[cause.value for cause, _ in CHANGES])
def test_a_release_holds_while_the_change_is_the_same_and_no_longer(
    cause: HoldReason, changes: list[Normalised]
) -> None:
    first, *later = changes
    releases = Releases((), {})
    assert cause not in releases
    releases.give(cause, first)
    releases.renew(first.model_copy(update={"open_units": 0}))
    assert cause in releases, "the channel's echo of a package is no change of mind"
    for change in later:
        releases.renew(change)
    assert cause not in releases
    assert releases.standing == frozenset()
    releases.give(cause, later[-1])
    assert releases.standing == {cause}, "and may be let go again"


def test_the_next_run_of_the_story_knows_which_change_was_let_go() -> None:
    releases = Releases((), {})
    releases.give(ADDRESS, facts(address=1))
    releases.renew(facts(address=1))
    again = Releases(tuple(releases.changes), releases.changes)
    again.renew(facts(address=1))
    assert ADDRESS in again
    again.renew(facts(address=2))
    once_more = Releases(tuple(again.changes), again.changes)
    once_more.renew(facts(address=2))
    assert ADDRESS not in once_more


def test_a_run_that_began_before_changes_were_kept_takes_its_release_for_the_change_it_reads_first() -> None:
    releases = Releases((EDITED,), {})
    releases.renew(facts(wants="two"))
    assert EDITED in releases
    releases.renew(facts(wants="one"))
    assert EDITED not in releases
