"""Where units that came back go: to a shelf again, or nowhere, by rule and by reason."""

from collections.abc import Sequence

from orderloom.domain.changes import GoodsBack
from orderloom.domain.keys import Channel, Slug
from orderloom.domain.model import Frozen


class ReturnRule(Frozen):
    """The first rule that fits decides. Without one, only what the channel has put back on sale is restocked."""

    reasons: tuple[str, ...] = ()
    """The channel's code words, in any case; empty is every reason."""
    channel: Channel | None = None
    restock: bool
    node: Slug | None = None
    """Where it is put; None: where it came back to, else where it was shipped from."""

    def fits(self, goods: GoodsBack, channel: Channel) -> bool:
        named = {reason.casefold() for reason in self.reasons}
        return self.channel in (None, channel) and (not named or goods.reason.casefold() in named)


class Putting(Frozen):
    """What is done with units that came back."""

    node: str | None
    """Where they are on the shelf again; None: they are not restocked."""
    why: str


def put_back(
    rules: Sequence[ReturnRule], goods: GoodsBack, channel: Channel, came_to: str | None, shipped_from: str | None
) -> Putting:
    """`came_to` is the node of the channel's location, `shipped_from` the one that shipped it; None is unknown."""
    rule = next((rule for rule in rules if rule.fits(goods, channel)), None)
    if rule is None and not goods.restocked_by_channel:
        return Putting(node=None, why="no rule restocks it and the channel did not")
    if rule is not None and not rule.restock:
        return Putting(node=None, why="a rule says not to restock it")
    node = (rule.node if rule else None) or came_to or shipped_from
    if node is None:
        return Putting(node=None, why="no node of ours shipped it; receive it by hand if it is there")
    return Putting(node=node, why="by rule" if rule else "the channel has put it back on sale")
