"""`orderloom listings` on a real store whose channels show something."""

from datetime import UTC, datetime

import pytest

from orderloom.domain.keys import Channel
from orderloom.storage.store import Store
from tests.starter.commands import Orderloom
from tests.starter.offered import offer, offered, sent


@pytest.fixture(autouse=True)
def on_both_channels(store: Store) -> None:
    offered(store)


def test_listings_are_shown_with_what_they_show_may_sell_and_wait_for(orderloom: Orderloom, store: Store) -> None:
    sent(store)
    rows = {
        row["key"]["channel"] + ":" + row["key"]["listing"]: row for row in orderloom("listings", "list", "--json").json
    }
    shopify, amazon = rows["shopify:PAN"], rows["amazon:PAN"]
    assert shopify["rights"] + amazon["rights"] == 10
    assert shopify["shown"] == shopify["rights"]
    assert amazon["pending"], "Amazon has accepted it, and it has not taken effect"
    assert rows["shopify:NEW"]["state"] == "unmapped"
    table = orderloom("listings", "list").out
    assert "shopify:kitchen:PAN" in table
    assert max(map(len, table.splitlines())) <= 100


def test_listings_are_chosen_by_sku_and_account(orderloom: Orderloom) -> None:
    assert {row["place"] for row in orderloom("listings", "list", "PAN-1", "--json").json} == {"PAN-1"}
    mine = orderloom("listings", "list", "--account", "kitchen_us", "--json").json
    assert [row["key"]["channel"] for row in mine] == ["amazon"]
    assert orderloom("listings", "list", "LID-1").out == "no listing sells LID-1\n"


def test_a_paused_sku_gives_its_units_back_and_a_resumed_one_gets_them_again(
    orderloom: Orderloom, store: Store
) -> None:
    sent(store)
    assert (
        orderloom("listings", "pause", "PAN-1", "--why", "recall").out == "PAN-1 is paused; its listings go to zero\n"
    )
    store.listings.plan(10)
    (zeroed,) = [push for batch in sent(store) for push in batch.pushes if push.key.channel == "shopify"]
    assert zeroed.quantity == 0
    assert {row["state"] for row in orderloom("listings", "list", "PAN-1", "--json").json} == {"paused"}
    assert orderloom("listings", "resume", "PAN-1", "--why", "cleared by QA").status == 0
    unknown = orderloom("listings", "pause", "NOPE", "--why", "x")
    assert (unknown.status, unknown.err.count("\n")) == (1, 1)
    assert orderloom("listings", "pause", "PAN-1").status == 2


def test_an_alarm_is_shown_and_cleared_by_name(orderloom: Orderloom, store: Store) -> None:
    assert orderloom("listings", "alarms").out == "no alarms\n"
    nothing = orderloom("listings", "clear", "shopify:kitchen:PAN", "overselling_allowed")
    assert (nothing.status, nothing.err.count("\n")) == (1, 1)
    assert "has no open alarm overselling_allowed" in nothing.err
    sent(store)
    shown = next(v.shown for v in store.listings.views("PAN-1") if v.key.channel is Channel.SHOPIFY)
    store.listings.record_offers(
        [offer(Channel.SHOPIFY, "PAN", shown or 0, at=datetime.now(UTC), denies_overselling=False)]
    )
    store.listings.plan(10)
    (alarm,) = orderloom("listings", "alarms", "--json").json
    assert (alarm["listing"], alarm["kind"]) == ("shopify:kitchen:PAN", "overselling_allowed")
    assert orderloom("listings", "clear", alarm["listing"], alarm["kind"]).status == 0
    assert orderloom("listings", "alarms", "--json").json == []
    assert len(orderloom("listings", "alarms", "--all", "--json").json) == 1
