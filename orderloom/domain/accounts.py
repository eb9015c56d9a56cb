"""Whether an account may be called: a shop that uninstalled the app is left alone until it is connected again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from orderloom.domain.errors import AccountPaused
from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen, Utc

RECONNECTED = "reconnected"
"""The reason of the wakeup of an order that waits for its account."""


def uninstalled_from(account: str) -> str:
    return f"the app was uninstalled from shop {account}"


def connect_again(channel: Channel, account: str) -> str:
    return f"run `orderloom connect {channel} {account}`"


class PausedAccount(Frozen):
    """An account whose app was uninstalled at `since`, by the channel's own clock."""

    channel: Channel
    account: str
    since: Utc

    @property
    def text(self) -> str:
        return f"{uninstalled_from(self.account)}: {connect_again(self.channel, self.account)}"

    @property
    def refusal(self) -> AccountPaused:
        """What every call of it ends with."""
        return AccountPaused(f"{self.channel}:{self.account}", self.text)


class AccountBook(Protocol):
    """Which accounts are paused."""

    def paused(self) -> Sequence[PausedAccount]: ...

    def pause(self, channel: Channel, account: str, at: datetime) -> bool:
        """The app was uninstalled then. False where it was paused before, or connected again since."""

    def resume(self, channel: Channel, account: str) -> PausedAccount | None:
        """Its credentials work: what waited for it is woken. What it was until now; None: it was not paused."""
