"""How a push becomes rows: the sum is what was asked for, and only unsold units are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.channels.shopify.inventory_rows import lay_out, rows_of
from tests.channels.shopify.stock_answers import a_batch, a_push

PLACES = st.dictionaries(st.sampled_from(["9", "11", "102"]), st.integers(-5, 50), min_size=1).filter(
    lambda places: sum(places.values()) >= 0
)


@pytest.mark.parametrize(
    ("places", "change_from", "quantity", "rows"),
    [
        ({"11": 4}, 4, 9, [("11", 4, 9)]),
        ({"11": 4}, 4, 0, [("11", 4, 0)]),
        ({"11": 4}, 4, 4, [("11", 4, 4)]),
        ({"11": 5}, 4, 9, [("11", 4, 9)]),
        ({"12": 4, "11": 1}, 5, 9, [("12", 4, 8)]),
        ({"11": 1, "13": 0}, 1, 3, [("13", 0, 2)]),
        ({"9": 2, "11": 7}, 9, 4, [("11", 7, 2)]),
        ({"9": 2, "11": 7}, 9, 1, [("9", 2, 1), ("11", 7, 0)]),
        ({"9": 2, "11": 7}, 8, 4, [("11", 7, 3)]),
        ({"9": -3, "11": 7}, 4, 0, [("11", 7, 3)]),
        ({"9": 2, "11": 7}, 9, 9, [("11", 7, 7)]),
        ({"9": 2, "11": 7}, None, 12, [("9", None, 5), ("11", None, 7)]),
        ({"11": 7}, None, 12, [("11", None, 12)]),
        ({}, 0, 5, []),
    ],
)
def test_more_goes_to_the_first_location_and_less_is_taken_from_the_fullest(
    places: dict[str, int], change_from: int | None, quantity: int, rows: list[tuple[str, int | None, int]]
) -> None:
    given = rows_of(a_push(1, change_from, quantity, places), ("13", "12"))
    assert [(row.location, row.change_from, row.quantity) for row in given] == rows


@given(PLACES, st.integers(0, 60), st.booleans(), st.permutations(["9", "11", "102"]))
def test_the_rows_move_a_listing_to_its_quantity_and_compare_with_what_is_believed(
    places: dict[str, int], quantity: int, compare: bool, locations: list[str]
) -> None:
    change_from = sum(places.values()) if compare else None
    rows = rows_of(a_push(1, change_from, quantity, places), locations)
    after = places | {row.location: row.quantity for row in rows}
    assert sum(after.values()) == quantity
    assert len({row.location for row in rows}) == len(rows)
    assert all(row.change_from == (places[row.location] if compare else None) for row in rows)
    assert all(row.quantity >= 0 or row.quantity >= places[row.location] for row in rows)


def test_a_call_holds_whole_pushes_and_250_rows_and_the_rest_is_left() -> None:
    wide = [a_push(number, 8, 0, {"9": 4, "11": 4}) for number in range(130)]
    layout = lay_out(a_batch(a_push(500, 0, 1, {}), *wide), ())
    assert len(layout.rows) == 250
    assert [push.push_id for push in layout.homeless] == [500]
    assert [push.push_id for push in layout.left] == [125, 126, 127, 128, 129]


def test_the_same_batch_has_the_same_rows_in_whatever_order_its_places_come_back() -> None:
    one, other = ({"9": 3, "11": 3, "102": 3}, {"102": 3, "11": 3, "9": 3})
    first, second = (rows_of(a_push(1, 9, 2, places), ()) for places in (one, other))
    assert [(row.location, row.quantity) for row in first] == [(row.location, row.quantity) for row in second]
