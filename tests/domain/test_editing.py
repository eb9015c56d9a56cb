"""What is different after an edit, and which shipments hold what is not wanted any more."""

import itertools

from orderloom.domain.editing import Asked, difference, what_changed
from orderloom.domain.shipments import ShipmentLine
from tests.domain.orders import line


def asked(number: int, *lines: tuple[str, str, int], can_stop: bool = True) -> Asked:
    units = tuple(ShipmentLine(line_id=one, sku=sku, quantity=count) for one, sku, count in lines)
    return Asked(number=number, lines=units, can_stop=can_stop)


def test_what_nodes_have_is_what_the_order_wants() -> None:
    found = difference((line("1", "PAN", 2),), [asked(1, ("1", "PAN", 1)), asked(2, ("1", "PAN", 1))])
    assert (found.missing, found.surplus, found.to_stop) == (0, 0, ())


def test_a_line_that_was_added_is_missing_and_stops_nothing() -> None:
    found = difference((line("1", "PAN"), line("2", "LID", 3)), [asked(1, ("1", "PAN", 1))])
    assert (found.missing, found.surplus, found.to_stop) == (3, 0, ())


def test_only_shipments_that_hold_the_surplus_are_stopped_the_last_first() -> None:
    shipments = [asked(1, ("1", "PAN", 2)), asked(2, ("1", "PAN", 1)), asked(3, ("2", "LID", 1))]
    found = difference((line("1", "PAN", 2), line("2", "LID")), shipments)
    assert (found.missing, found.surplus, found.to_stop) == (0, 1, (2,))


def test_what_has_begun_to_leave_is_not_stopped() -> None:
    found = difference((line("1", "PAN", 0),), [asked(1, ("1", "PAN", 1), can_stop=False)])
    assert (found.surplus, found.to_stop) == (1, ())


def test_the_order_in_which_shipments_are_looked_at_does_not_matter() -> None:
    shipments = [asked(1, ("1", "PAN", 1)), asked(2, ("1", "PAN", 1)), asked(3, ("1", "PAN", 1))]
    found = {str(difference((line("1", "PAN", 1),), list(some))) for some in itertools.permutations(shipments)}
    assert len(found) == 1


def test_an_edit_is_told_in_words() -> None:
    before, after = (line("1", "PAN", 3), line("2", "LID")), (line("1", "PAN", 1), line("3", "POT"))
    assert what_changed(before, after) == "2 units of PAN taken off, 1 unit of LID taken off, 1 unit of POT added"
    assert what_changed(before, before) == ""
