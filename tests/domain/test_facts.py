from decimal import Decimal

from orderloom.domain.facts import FACTS, RoutingInput, read_facts
from orderloom.domain.keys import Channel
from orderloom.domain.money import Money
from orderloom.domain.orders import Destination, Order
from tests.domain.orders import NOW, an_order, line, masters


def facts_of(order: Order, **grams: int | None) -> dict[str, object]:
    return read_facts(RoutingInput(order=order, masters=masters(**grams), now=NOW))


def test_weight_counts_every_unit_of_every_line_in_pounds_and_kilograms() -> None:
    facts = facts_of(an_order(line("1", quantity=2, grams=1000), line("2", sku="LID", grams=500)), PAN=None, LID=None)
    assert facts["order.weight_kg"] == 2.5
    assert round(float(str(facts["order.weight_lb"])), 3) == 5.512


def test_an_unknown_weight_makes_the_whole_weight_unknown_and_not_zero() -> None:
    facts = facts_of(an_order(line("1", grams=1000), line("2", sku="LID")), PAN=1, LID=None)
    assert "order.weight_lb" not in facts
    assert "order.weight_kg" not in facts


def test_prime_is_read_from_the_programs() -> None:
    assert facts_of(an_order(programs=("PRIME",), channel=Channel.AMAZON))["order.prime"] is True
    assert facts_of(an_order())["order.prime"] is False


def test_what_the_channel_does_not_say_is_absent() -> None:
    unknown = {"order.value", "order.currency", "order.country", "order.region", "order.is_gift", "order.categories"}
    assert unknown.isdisjoint(facts_of(an_order(destination=Destination(), total=None)))


def test_the_known_facts_have_the_values_of_the_order() -> None:
    facts = facts_of(an_order(tags=("vip",), total=Money(amount=Decimal("12.50"), currency="USD")), PAN=100)
    assert facts["order.value"] == 12.5
    assert facts["order.tags"] == ["vip"]
    assert facts["order.skus"] == ["PAN"]
    assert facts["order.quantity"] == 1
    assert facts["order.categories"] == ["cookware"]
    assert facts["order.country"] == "US"


def test_every_fact_has_a_meaning_and_a_name_of_its_own() -> None:
    assert len({fact.name for fact in FACTS}) == len(FACTS)
    assert all(fact.meaning for fact in FACTS)
