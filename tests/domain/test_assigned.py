"""Where a channel has units shipped from: its own default says nothing, a place that was changed there does."""

from orderloom.domain.assigned import Assigned, Choice, choice_of, moved

NODES = {"1": "own", "2": "annex"}


def at(location: str, part: str = "7", line_id: str = "1", units: int = 2, *, chosen: bool = False) -> Assigned:
    return Assigned(part=part, line_id=line_id, location=location, units=units, chosen=chosen)


def chosen(*told: Assigned) -> list[tuple[str, str]]:
    return [(one.line_id, one.location) for one in told if one.chosen]


def test_the_first_place_that_is_told_is_the_channel_s_own_and_chooses_nothing() -> None:
    assert chosen(*moved((), (at("2"),))) == []


def test_a_part_that_is_at_another_place_was_moved_and_stays_so() -> None:
    once = moved((at("1"),), (at("2"),))
    assert chosen(*once) == [("1", "2")]
    assert chosen(*moved(once, (at("2"),))) == [("1", "2")]


def test_moved_back_is_a_choice_too() -> None:
    once = moved((at("1"),), (at("2"),))
    assert chosen(*moved(once, (at("1"),))) == [("1", "1")]


def test_the_rest_of_what_had_begun_is_moved_as_another_part() -> None:
    assert chosen(*moved((at("1"),), (at("2", part="8", units=1),))) == [("1", "2")]


def test_a_part_that_is_replaced_where_it_was_is_not_moved_and_keeps_its_choice() -> None:
    assert chosen(*moved((at("1"),), (at("1", part="8"),))) == []
    assert chosen(*moved((at("2", chosen=True),), (at("2", part="8"),))) == [("1", "2")]


def test_units_and_lines_that_are_new_have_the_channel_s_own_place() -> None:
    assert chosen(*moved((at("1"),), (at("1"), at("2", part="8", units=1)))) == []
    assert chosen(*moved((at("1"),), (at("1"), at("2", part="8", line_id="2")))) == []


def test_only_the_lines_that_were_moved_are_bound_to_a_node() -> None:
    choice = choice_of((at("2", chosen=True), at("1", line_id="2")), NODES.get)
    assert choice.nodes == {"1": ("annex",)}
    assert choice.forbids("own", "1")
    assert not choice.forbids("annex", "1")
    assert not choice.forbids("own", "2")


def test_a_line_of_which_a_part_was_moved_ships_from_both_its_places() -> None:
    assert choice_of((at("1", units=1), at("2", part="8", units=1, chosen=True)), NODES.get).nodes == {
        "1": ("own", "annex")
    }


def test_a_place_that_is_no_node_of_ours_forbids_every_node() -> None:
    choice = choice_of((at("99", chosen=True),), NODES.get)
    assert (choice.nodes, choice.elsewhere) == ({}, {"1": "99"})
    assert choice.forbids("own", "1")
    assert choice.in_words() == "moved by the merchant in Shopify to location 99, which is no node here"


def test_nothing_moved_has_no_digest_and_every_choice_another() -> None:
    choices = [choice_of((at(place, chosen=True),), NODES.get) for place in ("1", "2", "99")]
    assert Choice().digest == ""
    assert len({choice.digest for choice in choices} | {""}) == 4
