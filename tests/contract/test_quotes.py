"""Routing that asks Amazon beforehand: the quote desk, our node and the sandbox's previews, over HTTP."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from activities.books import Books, Channels
from activities.quoting import SILENCE_SECONDS, Pace, QuoteDesk
from activities.routing import RoutingActivities
from activities.rule_messages import RouteRequest
from activities.rulings import Rulings
from orderloom.channels.amazon.mcf import MultiChannelNode
from orderloom.domain.decisions import Decision
from orderloom.domain.errors import Rejected, Unavailable
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.nodes import FulfillmentOffers, ShippingOffer
from orderloom.domain.orders import Order, OrderReading
from orderloom.domain.routing import Router
from orderloom.domain.shipments import DispatchRequest
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.sandbox.knobs import Faults, Knobs, OutboundKnobs
from orderloom.storage.store import Store, open_store
from orderloom.storage.vault import KeyRing
from tests.contract.multi_channel import BUYER, turn
from tests.domain.orders import an_order, line
from tests.sandbox.world import World
from tests.workflows.merchant import CONFIG

PAN = "PAN-28"
CHEAPEST = {"name": "Cheapest", "when": "true", "send_to": ["own", "fba"], "choose": "cheapest"}


def config() -> MerchantConfig:
    said = CONFIG.model_dump(mode="json")
    own, *others = said["nodes"]
    own |= {
        "zones": [{"zone": "all", "countries": ["US"]}],
        "services": [{"service": "ground", "rates": [{"zone": "all", "up_to_kg": 30, "cost": 8}]}],
    }
    others = [other for other in others if other["node"] != "fba"]
    fba = {"node": "fba", "kind": "fba", "name": "Amazon", "pool": own["pool"], "time_zone": "UTC"}
    fba["multi_channel"] = {"account": "kitchen_us"}
    return MerchantConfig.model_validate(said | {"nodes": [own, *others, fba], "rules": [CHEAPEST]})


class Counted:
    """A node that quotes, and what it was asked."""

    def __init__(self, inner: FulfillmentOffers) -> None:
        self._inner = inner
        self.asked: list[DispatchRequest] = []

    def offers(self, request: DispatchRequest) -> Sequence[ShippingOffer]:
        self.asked.append(request)
        return self._inner.offers(request)


class Shop:
    """One order after another, routed as in production."""

    def __init__(self, store: Store, offers: FulfillmentOffers, **desk: Any) -> None:
        self.store, merchant = store, config()
        books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
        quotes = QuoteDesk(books, {"fba": offers}, **{"patience": 60.0, **desk})
        rulings = Rulings(merchant, Router.of(merchant))
        self._steps = RoutingActivities(books, Channels(merchant, {}), rulings, self.store.actions, quotes)
        self._sold = 0

    def route(self, region: str = "NY") -> Decision:
        self._sold += 1
        pan = line(sku=PAN, grams=900)
        order, buyer = an_order(pan), BUYER.model_copy(update={"region": region})
        order = order.model_copy(update={"key": order.key.model_copy(update={"order_id": str(2000 + self._sold)})})
        self.store.orders.record(OrderReading(order=order, personal=buyer), "event")
        self.store.ledger.reserve(order, "own")
        return self.again(order)

    def again(self, order: Order) -> Decision:
        self._steps.route(RouteRequest(key=order.key))
        made = self.store.stories.show(order.key).decision
        assert made is not None
        return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    merchant = config()
    keys = KeyRing({"k": b"1" * 32}, "k")
    url = f"sqlite:///{tmp_path}/orders.db"
    with closing(open_store(url, keys, accounts=merchant.accounts, nodes=merchant.nodes)) as opened:
        opened.catalog.import_skus([SkuMaster(sku=PAN, weight_grams=900)])
        counts = [StockCount(sku=PAN, node=name, on_hand=50) for name in ("own", "fba")]
        opened.ledger.import_counts(counts, "test", "count")
        yield opened


@pytest.fixture
def amazon(node: MultiChannelNode) -> Counted:
    return Counted(node)


def price(world: World, **knobs: Any) -> None:
    world.control.set_knobs(Knobs(outbound=OutboundKnobs(**knobs)))


def words(decision: Decision) -> str:
    return "\n".join(decision.in_words())


def test_an_order_goes_where_it_is_cheapest_by_what_amazon_says_for_its_address(
    world: World, store: Store, amazon: Counted
) -> None:
    shop = Shop(store, amazon)
    near = shop.route(region="NJ")
    assert (near.nodes, str(near.cost.amount if near.cost else None)) == (("fba",), "5.50")
    assert near.plan[0].service == "standard"
    price(world, surcharges={"NY": 5.0})
    assert shop.route(region="CA").nodes == ("fba",), "only the other zone is dearer"
    far = shop.route(region="NY")
    assert far.nodes == ("own",)
    assert "10.50 USD to ship" in words(far)


def test_what_amazon_would_not_ship_there_goes_to_the_next_node_with_amazon_s_reason(
    world: World, store: Store, amazon: Counted
) -> None:
    price(world, unreached_regions=frozenset({"NY"}))
    decision = Shop(store, amazon).route(region="NY")
    assert decision.nodes == ("own",)
    assert "fba was passed over: said beforehand that it cannot ship it: DeliverySLAUnavailable" in words(decision)


def test_an_order_decided_again_is_not_asked_about_again_and_is_explained_without_the_network(
    store: Store, amazon: Counted
) -> None:
    shop = Shop(store, amazon)
    first = shop.route()
    again = shop.again(an_order(line(sku=PAN, grams=900)).model_copy(update={"key": first.key}))
    assert len(amazon.asked) == 1
    assert again.plan == first.plan
    assert first.inputs is not None
    assert Router.of(config()).decide_again(first.inputs, first.decided_at).plan == first.plan


def test_the_record_of_a_quote_names_nobody(store: Store, amazon: Counted) -> None:
    decision = Shop(store, amazon).route()
    assert amazon.asked[0].recipient.name == BUYER.name, "Amazon prices by the address"
    kept = decision.model_dump_json()
    assert not [word for word in (BUYER.name, *BUYER.address_lines, BUYER.postal_code) if word in kept]


def test_a_refusal_to_price_is_a_refusal_to_ship(store: Store) -> None:
    class Refusing:
        def offers(self, request: DispatchRequest) -> Sequence[ShippingOffer]:
            raise Rejected("amazon:kitchen_us", "NO_SELLER_SKU", "PAN-28 has no listing of one unit")

    decision = Shop(store, Refusing()).route()
    assert decision.nodes == ("own",)
    assert "NO_SELLER_SKU: PAN-28 has no listing of one unit" in words(decision)


@pytest.mark.parametrize(("trouble", "why"), [("throttle_rate", "slow down"), ("error_rate", "HTTP 5")])
def test_where_amazon_gives_no_answer_the_order_goes_on_and_its_trace_says_so(
    world: World, store: Store, amazon: Counted, trouble: str, why: str
) -> None:
    turn(world, getFulfillmentPreview=Faults.model_validate({trouble: 1.0}))
    now = [0.0]
    shop = Shop(store, amazon, clock=lambda: now[0])
    decision = shop.route()
    assert decision.nodes == ("own",), "an unknown price is no price of nothing"
    assert "asked for its price, it did not answer: " in words(decision)
    assert why in words(decision)
    shop.route()
    assert len(amazon.asked) == 1, "it is left alone for a while"
    turn(world)
    now[0] += SILENCE_SECONDS + 1
    assert shop.route().nodes == ("fba",)


def test_an_order_waits_no_longer_than_its_patience(store: Store) -> None:
    class Silent:
        def __init__(self) -> None:
            self.ends = Event()

        def offers(self, request: DispatchRequest) -> Sequence[ShippingOffer]:
            self.ends.wait(60.0)
            raise Unavailable("amazon:kitchen_us", "too late")

    silent = Silent()
    try:
        decision = Shop(store, silent, patience=0.05).route()
    finally:
        silent.ends.set()
    assert decision.nodes == ("own",)
    assert "no answer within 0.05 s" in words(decision)


def test_questions_keep_to_the_published_rate_and_a_burst() -> None:
    pace = Pace(per_second=2.0, burst=3)
    assert [pace.wait(0.0, 2.0) for _ in range(7)] == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5, 2.0]
    assert pace.wait(0.0, 2.0) is None, "longer than an order waits; nothing is taken for it"
    assert pace.wait(1.0, 2.0) == 1.5
    assert pace.wait(60.0, 2.0) == 0.0
