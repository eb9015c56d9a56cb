"""Versions of the rules on both databases: which is in force when, and what an order was decided with."""

from datetime import timedelta

from orderloom.domain.rule_versions import RuleBook
from orderloom.domain.rulebook import Rule
from orderloom.storage.store import Store
from tests.storage.shop import START, decision, key, order, planned, reading, stocked

LATER = START + timedelta(hours=1)


def book(name: str) -> RuleBook:
    return RuleBook(rules=(Rule(name=name, when="true", send_to=("east",)),))


def test_the_version_that_took_effect_last_is_in_force_and_its_book_is_kept(store: Store) -> None:
    versions = store.rule_versions
    assert versions.in_force(START) is None
    first = versions.apply(book("first"), "text", START, "ana", "new")
    second = versions.apply(book("second"), "text", LATER, "ana", "newer")
    found = [versions.in_force(at) for at in (START, LATER - timedelta(seconds=1), LATER)]
    assert [version.version for version in found if version] == [first, first, second]
    assert versions.book(book("second").name) == book("second").document
    assert versions.book("none") is None


def test_an_order_keeps_the_rules_that_it_was_decided_with(store: Store) -> None:
    stocked(store, PAN=5)
    sold = order(1)
    store.orders.record(reading(sold), "e1")
    store.ledger.reserve(sold, "own")
    assert store.rule_versions.kept_by(key(1)) is None
    made = decision(key(1), START, planned(1, "east", ("1", "PAN", 1)))
    store.ledger.decide(made.model_copy(update={"rules_version": 3, "rules_book": "abc"}))
    assert store.rule_versions.kept_by(key(1)) == (3, "abc")
