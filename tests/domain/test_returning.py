"""Where units that came back go."""

import pytest

from orderloom.domain.changes import GoodsBack
from orderloom.domain.keys import Channel
from orderloom.domain.returning import ReturnRule, put_back
from tests.domain.orders import NOW

SHOP, AMAZON = Channel.SHOPIFY, Channel.AMAZON


def goods(reason: str = "UNWANTED", *, restocked: bool = False) -> GoodsBack:
    return GoodsBack(change_id="r1", line_id="1", quantity=1, reason=reason, restocked_by_channel=restocked, at=NOW)


@pytest.mark.parametrize(
    ("rules", "back", "came_to", "node"),
    [
        ((), goods(), None, None),
        ((), goods(restocked=True), None, "own"),
        ((), goods(restocked=True), "harbor", "harbor"),
        ((ReturnRule(restock=True),), goods(), None, "own"),
        ((ReturnRule(restock=True, node="east"),), goods(), "harbor", "east"),
        ((ReturnRule(restock=False),), goods(restocked=True), None, None),
        ((ReturnRule(reasons=("unwanted",), restock=True),), goods(), None, "own"),
        ((ReturnRule(reasons=("DEFECTIVE",), restock=True),), goods(), None, None),
        ((ReturnRule(channel=AMAZON, restock=True),), goods(), None, None),
        ((ReturnRule(reasons=("UNWANTED",), restock=False), ReturnRule(restock=True)), goods(), None, None),
    ],
)
def test_the_first_rule_that_fits_decides(
    rules: tuple[ReturnRule, ...], back: GoodsBack, came_to: str | None, node: str | None
) -> None:
    assert put_back(rules, back, SHOP, came_to, "own").node == node


def test_units_that_no_node_of_ours_shipped_are_not_put_anywhere() -> None:
    putting = put_back((ReturnRule(restock=True),), goods(), SHOP, None, None)
    assert (putting.node, "receive it by hand" in putting.why) == (None, True)
