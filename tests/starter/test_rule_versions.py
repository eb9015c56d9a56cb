"""Versions of the rules by the command line, on a real store, and the decisions that follow them."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.books import Books, Channels
from activities.routing import RoutingActivities
from activities.rule_messages import RouteRequest
from orderloom.domain.keys import OrderKey
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import HoldReason, OrderReading, PersonalData
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.rules_in_force import open_rulings
from tests.domain.orders import an_order, line
from tests.starter.commands import Orderloom, written
from tests.starter.conftest import CONFIG

TO_THE_3PL = "rules: [{name: All to the 3PL, when: 'true', send_to: [harbor_3pl]}]\n"
TO_OURS = "rules: [{name: All from ours, when: 'true', send_to: [own_warehouse]}]\n"


class Shop:
    """Orders that are routed as a worker routes them."""

    def __init__(self, store: Store, settings: Settings, config: MerchantConfig) -> None:
        self.store = store
        books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
        rulings = open_rulings(settings, config, store)
        self._steps = RoutingActivities(books, Channels(config, {}), rulings, store.actions)
        self._number = 2000

    def arrive(self) -> OrderKey:
        self._number += 1
        made = an_order(line(grams=900))
        order = made.model_copy(update={"key": OrderKey.parse(f"shopify:kitchen:{self._number}")})
        self.store.orders.record(OrderReading(order=order, personal=PersonalData()), "event")
        self.store.ledger.reserve(order, "own")
        return order.key

    def node(self, key: OrderKey, *, in_force: bool = False) -> str:
        """Where it goes, or why it goes nowhere."""
        routed = self._steps.route(RouteRequest(key=key, rules_in_force=in_force))
        return ",".join(routed.nodes) or (routed.hold.detail if routed.hold else "")


@pytest.fixture
def shop(store: Store, settings: Settings, merchant: MerchantConfig) -> Shop:
    store.catalog.import_skus([SkuMaster(sku="PAN", weight_grams=900)])
    counts = [StockCount(sku="PAN", node=node, on_hand=50) for node in ("own_warehouse", "harbor_3pl")]
    store.ledger.import_counts(counts, "test", "count")
    return Shop(store, settings, merchant)


def states(orderloom: Orderloom) -> list[str]:
    return [row["state"] for row in orderloom("rules", "versions", "--json").json]


def test_a_file_of_rules_may_not_bring_what_processes_read_at_their_start(orderloom: Orderloom) -> None:
    actions = "actions: {chat: {url: 'https://chat.example/hook'}}\n"
    refused = orderloom("rules", "apply", written("rules.yaml", TO_OURS + actions), "--why", "new")
    assert refused.status == 1
    assert "rules.yaml:2: actions: belongs into the configuration file" in refused.err
    assert states(orderloom) == ["in force"], "the configuration's own"


def test_applied_rules_decide_new_orders_and_a_rollback_goes_back(orderloom: Orderloom, shop: Shop) -> None:
    under_way = shop.arrive()
    assert shop.node(under_way) == "own_warehouse"
    applied = orderloom("rules", "apply", written("r.yaml", TO_THE_3PL), "--by", "ana", "--why", "a fair")
    assert (applied.status, applied.out.startswith("version 1: 1 rules, in force from ")) == (0, True)
    assert shop.node(shop.arrive()) == "harbor_3pl"
    assert shop.node(under_way) == "own_warehouse", "an order keeps the rules that it was decided with"
    assert shop.node(under_way, in_force=True) == "harbor_3pl", "unless it is rerouted"
    assert shop.node(under_way) == "harbor_3pl", "and then keeps those"
    decision = shop.store.stories.show(under_way).decision
    assert decision
    assert (decision.rules_version, decision.rule) == (1, "All to the 3PL")
    assert "back to the configuration file" in orderloom("rules", "rollback", "--by", "ben").out
    assert shop.node(shop.arrive()) == "own_warehouse"
    assert states(orderloom) == ["over", "over", "in force"]
    shown = orderloom("rules", "versions").out
    assert "ana" in shown
    assert "back to version 0" in shown


def test_a_second_rollback_goes_further_back_and_any_version_can_be_named(orderloom: Orderloom, shop: Shop) -> None:
    for text in (TO_THE_3PL, TO_OURS, TO_THE_3PL.replace("3PL,", "other,")):
        orderloom("rules", "apply", written("r.yaml", text))
    restored = [orderloom("rules", "rollback", "--json").json["restores"] for _ in range(4)]
    assert restored == [2, 1, 0, 0]
    assert orderloom("rules", "rollback", "2", "--json").json == {
        "version": 8,
        "restores": 2,
        "book": shop.store.rule_versions.all()[1].book,
    }
    wrong = orderloom("rules", "rollback", "99")
    assert (wrong.status, "there is no version 99" in wrong.err) == (1, True)


def test_rules_take_effect_at_their_moment_and_may_be_withdrawn_before(orderloom: Orderloom, store: Store) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    file = written("r.yaml", TO_THE_3PL)
    orderloom("rules", "apply", file, "--at", soon.isoformat())
    assert store.rule_versions.in_force(soon - timedelta(seconds=1)) is None
    later = store.rule_versions.in_force(soon)
    assert later
    assert later.version == 1
    assert states(orderloom) == ["in force", "ahead"]
    orderloom("rules", "apply", written("o.yaml", TO_OURS))
    warned = orderloom("rules", "rollback").err
    assert "version 1 still takes effect" in warned
    assert orderloom("rules", "withdraw", "1").status == 0
    assert orderloom("rules", "withdraw", "2").status == 1, "it is in force"
    assert states(orderloom) == ["over", "withdrawn", "over", "in force"]
    for at, words in (("2020-01-01T00:00Z", "in the past"), ("2036-01-01", "no offset"), ("soon", "is no time")):
        refused = orderloom("rules", "apply", file, "--at", at)
        assert refused.status == 2
        assert words in " ".join(refused.err.split())


def test_the_same_rules_are_not_applied_twice(orderloom: Orderloom) -> None:
    file = written("r.yaml", TO_THE_3PL)
    assert orderloom("rules", "apply", file, "--json").json["version"] == 1
    assert orderloom("rules", "apply", file, "--json").json["version"] == 1
    assert "nothing to do" in orderloom("rules", "apply", file).out
    assert orderloom("rules", "apply", str(CONFIG), "--json").json["version"] == 2
    assert len(states(orderloom)) == 3


def test_wrong_rules_are_refused_with_their_place_and_change_nothing(orderloom: Orderloom, shop: Shop) -> None:
    orderloom("rules", "apply", written("good.yaml", TO_THE_3PL))
    for text, words in (
        (
            "rules:\n  - {name: x, when: 'true', send_to: [nowhere]}\n",
            "wrong.yaml:2: rules[0].send_to[0]: there is no node",
        ),
        (
            "rules:\n  - {name: x, when: order.wieght > 1.0, send_to: [harbor_3pl]}\n",
            "wrong.yaml:2: rules[0].when: column",
        ),
        ("rules:\n  - {name: x, when: 'true'}\n", "rules[0].send_to: is missing"),
        ("rulez: []\n", "rulez: is no field here; did you mean `rules`?"),
        ("sets: {a: [b]}\n", "rules: is missing"),
        ("- a\n", "must be a mapping"),
        (CONFIG.read_text(encoding="utf-8").replace("harbor_3pl", "gone_3pl"), "there is no node 'gone_3pl'"),
    ):
        refused = orderloom("rules", "apply", written("wrong.yaml", text))
        assert (refused.status, refused.err.count("\n")) == (1, 1), refused.err
        assert words in refused.err
    assert states(orderloom) == ["over", "in force"]
    assert shop.node(shop.arrive()) == "harbor_3pl", "the running rules stay in force"


def test_rules_that_name_a_node_that_is_gone_hold_the_order_with_the_fix(
    orderloom: Orderloom, store: Store, settings: Settings, merchant: MerchantConfig
) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN", weight_grams=900)])
    store.ledger.set_count(StockCount(sku="PAN", node="own_warehouse", on_hand=9), "test", "count")
    orderloom("rules", "apply", written("r.yaml", TO_THE_3PL))
    rule = merchant.rules[-1].model_copy(update={"when": "true", "send_to": ("own_warehouse",)})
    nodes = tuple(node for node in merchant.nodes if node.node != "harbor_3pl")
    own_only = merchant.model_copy(update={"nodes": nodes, "rules": (rule,)})
    shop = Shop(store, settings, own_only)
    key = shop.arrive()
    assert "version 1 of the rules cannot be used: rule “All to the 3PL”: there is no node 'harbor_3pl'" in shop.node(
        key
    )
    decision = store.stories.show(key).decision
    assert decision
    assert decision.hold
    assert decision.hold.reason is HoldReason.NO_ROUTE
    assert "orderloom rules rollback" in decision.hold.fix
    orderloom("rules", "rollback")
    assert shop.node(key) == "own_warehouse", "a held order takes the rules in force when it is retried"


def test_listing_and_explaining_follow_the_rules_in_force(orderloom: Orderloom, shop: Shop) -> None:
    key = shop.arrive()
    shop.node(key)
    orderloom("rules", "apply", written("r.yaml", f"# for the fair\n{TO_THE_3PL}"))
    assert [rule["name"] for rule in orderloom("rules", "list", "--json").json] == ["All to the 3PL"]
    assert len(orderloom("rules", "list", "--version", "0", "--json").json) > 1
    assert orderloom("rules", "list", "--version", "1", "--text").out == f"# for the fair\n{TO_THE_3PL}"
    assert orderloom("rules", "list", "--version", "7").status == 1
    assert orderloom("rules", "explain", str(key), "--json").json["rule"] == "All to the 3PL"
    said = orderloom("rules", "explain", str(key), "--rules", written("o.yaml", TO_OURS), "--json").json
    assert said["rule"] == "All from ours"
    assert orderloom("rules", "check", "o.yaml").status == 0


def test_the_doctor_says_what_is_in_force_and_what_is_odd(orderloom: Orderloom) -> None:
    def rules() -> list[str]:
        return [row["text"] for row in orderloom("doctor", "--json").json if row["what"].startswith("rules")]

    assert rules() == [f"those of {CONFIG}"]
    never = TO_THE_3PL.replace("'true'", "order.weight_lb > 5.0 && order.weight_lb < 4.0")
    assert "exclude each other" in orderloom("rules", "apply", written("r.yaml", never), "--by", "ana").err
    in_force, file, doubt = rules()
    assert in_force.startswith("version 1 since ")
    assert in_force.endswith("by ana")
    assert "has other rules, which do nothing until" in file
    assert "exclude each other" in doubt
