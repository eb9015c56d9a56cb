"""What an operator lets go although something speaks against it: each release is of one change, and of no later one.

An address that changes once more, a second move, a hold that comes back: these nobody has agreed to yet.
"""

from collections.abc import Iterable, Mapping

from temporalio import workflow

from activities.messages import Normalised
from orderloom.domain.orders import HoldReason, Story

OVER = "over"
"""In place of the change that was let go, once the order has changed further."""


class Releases:
    def __init__(self, released: Iterable[HoldReason], changes: Mapping[HoldReason, str]) -> None:
        """In an earlier run, and which change each was of; one that does not say is of the change read first."""
        self._of: dict[HoldReason, str | None] = {**dict.fromkeys(released), **changes}

    def give(self, cause: HoldReason, facts: Normalised | None) -> None:
        self._of[cause] = _change(cause, facts) if facts else None

    def renew(self, facts: Normalised) -> None:
        """The order was read again."""
        for cause, of in self._of.items():
            now = _change(cause, facts)
            self._of[cause] = now if of in (None, now) else OVER

    def __contains__(self, cause: HoldReason) -> bool:
        if cause not in self._of:
            return False
        return self._of[cause] != OVER or not workflow.patched("a-release-is-of-one-change")

    @property
    def standing(self) -> frozenset[HoldReason]:
        return frozenset(cause for cause in sorted(self._of) if cause in self)

    @property
    def changes(self) -> dict[HoldReason, str]:
        """For the next run."""
        return {cause: of for cause, of in sorted(self._of.items()) if of is not None}


def _change(cause: HoldReason, facts: Normalised) -> str:
    """The one that this hold is about now, in a word that no other change has; empty where there is none."""
    if cause is HoldReason.ADDRESS_TOO_LATE:
        return str(facts.address)
    if cause is HoldReason.EDITED_TOO_LATE:
        return facts.wants
    if cause is HoldReason.HELD_TOO_LATE:
        return facts.story_reason if facts.story is Story.WAIT else ""
    if cause is HoldReason.MOVED_ELSEWHERE:
        return facts.moved_elsewhere
    if cause is HoldReason.BUYER_ASKS_TO_CANCEL:
        return str(facts.buyer_asks_to_cancel)
    return next((recall.text for recall in facts.recalls if recall.cause is cause), "")
