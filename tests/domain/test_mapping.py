from orderloom.domain.mapping import component_skus, map_lines
from orderloom.domain.orders import Component
from tests.domain.orders import an_order, line, masters

SET = (Component(sku="PAN"), Component(sku="LID", units=2))


def test_a_bundle_becomes_its_components() -> None:
    order = map_lines(an_order(line(sku=None)), {"line:1": SET}, masters(PAN=1000, LID=100))
    assert order.lines[0].components == SET
    assert component_skus(order) == ("LID", "PAN")


def test_a_weight_that_the_channel_does_not_send_comes_from_the_sku_master() -> None:
    order = map_lines(an_order(line(sku=None)), {"line:1": SET}, masters(PAN=1000, LID=100))
    assert order.lines[0].unit_weight_grams == 1200


def test_the_channels_own_weight_is_kept() -> None:
    order = map_lines(an_order(line(sku=None, grams=900)), {"line:1": SET}, masters(PAN=1000, LID=100))
    assert order.lines[0].unit_weight_grams == 900


def test_one_unknown_component_weight_leaves_the_whole_unknown() -> None:
    for known in (masters(PAN=1000), masters(PAN=1000, LID=None)):
        order = map_lines(an_order(line(sku=None)), {"line:1": SET}, known)
        assert order.lines[0].unit_weight_grams is None


def test_a_listing_without_a_mapping_is_named_once_however_many_lines_sell_it() -> None:
    twice = an_order(line("1", sku=None), line("2", sku="PAN").model_copy(update={"listing": "line:1"}))
    order = map_lines(twice, {}, {})
    assert order.unmapped_listings == ("line:1",)


def test_what_needs_no_stock_needs_no_mapping() -> None:
    gift_card = line(sku=None).model_copy(update={"needs_stock": False})
    assert map_lines(an_order(gift_card), {}, {}).unmapped_listings == ()
