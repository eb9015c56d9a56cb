"""The SKU master, mappings, and the orders that wait for one."""

from decimal import Decimal

import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.money import Money
from orderloom.domain.orders import Component, OrderStatus
from orderloom.domain.stock import Listing, SkuMaster
from orderloom.storage.store import Store
from tests.storage.shop import key, line, order, reading, stocked, woken

PAN = SkuMaster(
    sku="PAN",
    title="Pan, 28 cm",
    weight_grams=900,
    cost=Money(amount=Decimal("12.50"), currency="USD"),
    categories=("cookware", "pans"),
    barcode="4006381333931",
    hazmat=False,
)


def mapping(name: str, *parts: Component, account: str = "kitchen") -> Listing:
    return Listing(channel="shopify", account=account, listing=name, components=parts)


def waits(store: Store, number: int, *names: str) -> None:
    placed = order(number, *(line(str(i), None).model_copy(update={"listing": name}) for i, name in enumerate(names)))
    store.orders.record(reading(placed), "none")
    store.orders.save_mapped(placed)


def test_masters_come_back_as_they_were_imported(store: Store) -> None:
    assert store.catalog.import_skus([PAN, SkuMaster(sku="LID")], by="ann") == 2
    assert store.catalog.masters(["PAN", "LID", "POT"]) == {"PAN": PAN, "LID": SkuMaster(sku="LID")}
    heavier = PAN.model_copy(update={"weight_grams": 950})
    store.catalog.import_skus([heavier], by="ann")
    assert store.catalog.list_skus() == [SkuMaster(sku="LID"), heavier]
    assert store.catalog.list_skus(after="LID") == [heavier]
    assert store.catalog.list_skus(search="28 CM") == [heavier]
    assert store.catalog.list_skus(search="%") == []


def test_listings_are_mapped_by_account_and_a_sku_is_its_own_listing(store: Store) -> None:
    store.catalog.import_skus([PAN, SkuMaster(sku="LID")], by="ann")
    bundle = (Component(sku="PAN", units=2), Component(sku="LID"), Component(sku="PAN"))
    store.catalog.import_listings([mapping("SET", *bundle), mapping("LID", Component(sku="PAN"))])
    found = store.catalog.components(Channel.SHOPIFY, "kitchen", ["SET", "PAN", "LID", "WHAT"])
    assert found == {"SET": bundle, "PAN": (Component(sku="PAN"),), "LID": (Component(sku="PAN"),)}
    assert store.catalog.components(Channel.SHOPIFY, "other", ["SET"]) == {}
    assert store.catalog.components(Channel.SHOPIFY, "kitchen", []) == {}
    store.catalog.import_listings([mapping("SET", Component(sku="LID"))])
    assert store.catalog.components(Channel.SHOPIFY, "kitchen", ["SET"]) == {"SET": (Component(sku="LID"),)}


def test_a_listing_of_nothing_or_of_an_unknown_sku_refuses_the_whole_import(store: Store) -> None:
    store.catalog.import_skus([PAN], by="ann")
    good = mapping("SET", Component(sku="PAN"))
    with pytest.raises(InputInvalid, match="LIDD is no SKU"):
        store.catalog.import_listings([good, mapping("BAD", Component(sku="LIDD"))])
    with pytest.raises(InputInvalid, match="BAD: has no components"):
        store.catalog.import_listings([good, mapping("BAD")])
    assert store.catalog.components(Channel.SHOPIFY, "kitchen", ["SET"]) == {}


def test_a_new_mapping_wakes_the_orders_of_its_account_that_wait_for_it(store: Store) -> None:
    store.catalog.import_skus([PAN], by="ann")
    waits(store, 1, "SET", "OTHER")
    waits(store, 2, "SET")
    waits(store, 3, "ELSE")
    shown = [(entry.listing, entry.title, entry.orders_waiting) for entry in store.stories.unmapped()]
    assert shown == [("SET", "Title 0", 2), ("ELSE", "Title 0", 1), ("OTHER", "Title 1", 1)]
    store.catalog.import_listings([mapping("SET", Component(sku="PAN"), account="garden")])
    assert woken(store) == []
    store.catalog.import_listings([mapping("SET", Component(sku="PAN"))])
    assert woken(store) == [("1", "mapped"), ("2", "mapped")]


def test_a_new_sku_wakes_the_orders_that_wait_for_a_listing_of_its_name(store: Store) -> None:
    waits(store, 1, "PAN")
    store.catalog.import_skus([PAN], by="ann")
    assert woken(store) == [("1", "mapped")]


def test_a_listing_mapped_while_its_order_was_read_wakes_it_at_once(store: Store) -> None:
    store.catalog.import_skus([PAN], by="ann")
    waits(store, 1, "PAN")
    assert woken(store) == [("1", "mapped")]


def test_an_order_that_is_mapped_or_closed_waits_no_longer(store: Store) -> None:
    waits(store, 1, "SET")
    waits(store, 2, "SET")
    store.orders.save_mapped(order(1, line("0", "PAN")))
    store.orders.set_status(key(2), OrderStatus.CANCELLED)
    assert store.stories.unmapped() == []


def test_the_names_of_a_sku_are_the_listings_that_are_exactly_one_of_it(store: Store) -> None:
    pan, lid = Component(sku="PAN"), Component(sku="LID")
    stocked(store)
    parts = {"PAN-FBA": (pan,), "PAN-2": (Component(sku="PAN", units=2),), "SET": (pan, lid), "POT": (lid,)}
    listings = [
        Listing(channel="amazon", account="us", listing=name, components=content) for name, content in parts.items()
    ]
    store.catalog.import_listings(listings)
    names = store.catalog.names_of(Channel.AMAZON, "us", ["PAN", "LID", "POT", "NEW"])
    assert names == {"PAN": ("PAN-FBA",), "LID": ("POT",), "POT": (), "NEW": ()}
    elsewhere = store.catalog.names_of(Channel.AMAZON, "eu", ["PAN", "NEW"])
    assert elsewhere == {"PAN": ("PAN",), "NEW": ()}
