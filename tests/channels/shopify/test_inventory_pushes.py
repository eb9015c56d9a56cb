"""A batch of pushes: what Shopify says of it comes back to each push, and what it does not say is never guessed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from orderloom.channels.shopify import ShopifyChannel
from orderloom.domain.errors import OutcomeUnknown, OutsideError, Rejected, ScopeMissing, Throttled, Unavailable
from orderloom.domain.listing.offers import PushAnswer, PushState
from tests.channels.servers import Answer, ScriptedServer
from tests.channels.shopify import graphql_answers as gql
from tests.channels.shopify.conftest import connect
from tests.channels.shopify.stock_answers import (
    READ,
    SET,
    a_batch,
    a_push,
    item,
    items,
    level,
    quantities_set,
    stock_error,
)

DONE, STALE, REFUSED = PushState.DONE, PushState.STALE, PushState.REFUSED
NOT_DONE, UNKNOWN = PushState.NOT_DONE, PushState.UNKNOWN
THREE = (a_push(1, 5, 9), a_push(2, 3, 0), a_push(3, None, 4, {"11": 0, "12": 1}))
"""Four rows: 0, 1, and 2 and 3 of the last one."""
EARLIER = datetime(2026, 11, 23, tzinfo=UTC)


def states(answers: "list[PushAnswer] | tuple[PushAnswer, ...]") -> dict[int, PushState]:
    return {answer.push_id: answer.state for answer in answers}


def test_a_batch_is_one_call_of_compare_and_set_under_its_key(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set())
    answers = channel.listings.push(a_batch(*THREE))
    (asked,) = server.asked
    assert "@idempotent(key: $key)" in asked.json["query"]
    assert asked.json["variables"] == {
        "key": "push-1",
        "input": {
            "name": "available",
            "reason": "correction",
            "quantities": [
                {
                    "inventoryItemId": f"gid://shopify/InventoryItem/{number}",
                    "locationId": f"gid://shopify/Location/{location}",
                    "quantity": quantity,
                    "changeFromQuantity": change_from,
                }
                for number, location, quantity, change_from in [
                    (1, 11, 9, 5),
                    (2, 11, 0, 3),
                    (3, 11, 3, None),
                    (3, 12, 1, None),
                ]
            ],
        },
    }
    assert states(tuple(answers)) == {1: DONE, 2: DONE, 3: DONE}


def test_a_batch_that_changed_nothing_is_done_too(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set(group=False))
    assert states(tuple(channel.listings.push(a_batch(a_push(1, 5, 5))))) == {1: DONE}


def test_a_stale_push_is_read_again_and_the_others_were_not_done(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(SET, quantities_set(stock_error("CHANGE_FROM_QUANTITY_STALE", 1)))
    server.on(READ, items(item(2, level(11, 2))))
    answers = channel.listings.push(a_batch(*THREE))
    assert states(tuple(answers)) == {1: NOT_DONE, 2: STALE, 3: NOT_DONE}
    (read,) = server.asked_of(READ)
    assert read.json["variables"] == {"ids": ["gid://shopify/InventoryItem/2"]}
    found = [answer.found for answer in answers]
    assert found[0] is found[2] is None
    assert found[1] is not None
    assert (found[1].quantity, found[1].places) == (2, {"11": 2})


def test_a_push_is_stale_with_any_of_its_rows(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set(stock_error("CHANGE_FROM_QUANTITY_STALE", 1)))
    server.on(READ, items(item(2, level(11, 4), level(12, 4))))
    both = a_push(2, 9, 1, {"11": 4, "12": 5})
    (answer,) = channel.listings.push(a_batch(both))
    assert answer.state is STALE
    assert answer.found is not None
    assert answer.found.quantity == 8


def test_a_stale_push_that_cannot_be_read_is_stale_all_the_same(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(SET, quantities_set(stock_error("CHANGE_FROM_QUANTITY_STALE", 0)))
    server.on(READ, Answer(b"", status=503))
    first, second, _ = channel.listings.push(a_batch(*THREE))
    assert (first.state, first.found, second.state) == (STALE, None, NOT_DONE)


def test_a_stale_row_that_is_not_named_is_found_by_reading(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set(stock_error("CHANGE_FROM_QUANTITY_STALE")))
    server.on(READ, items(item(1, level(11, 5)), item(2, level(11, 1))))
    answers = channel.listings.push(a_batch(*THREE[:2]))
    assert states(tuple(answers)) == {1: NOT_DONE, 2: STALE}


def test_a_refused_push_has_the_words_and_the_others_were_not_done(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    bundle = stock_error("NON_MUTABLE_INVENTORY_ITEM", 3, "is a bundle")
    server.on(SET, quantities_set(stock_error("CHANGE_FROM_QUANTITY_STALE", 3), bundle))
    answers = channel.listings.push(a_batch(*THREE))
    assert states(tuple(answers)) == {1: NOT_DONE, 2: NOT_DONE, 3: REFUSED}
    assert answers[2].reason == "NON_MUTABLE_INVENTORY_ITEM: is a bundle"
    assert len(server.asked) == 1


def test_an_error_about_no_row_is_about_all_of_them(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set(stock_error("INVALID_REASON", None, "is no reason")))
    assert set(states(tuple(channel.listings.push(a_batch(*THREE)))).values()) == {REFUSED}


def test_should_shopify_take_a_part_the_rest_is_done(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set(stock_error("INVALID_LOCATION", 0), group=True))
    assert states(tuple(channel.listings.push(a_batch(*THREE)))) == {1: REFUSED, 2: DONE, 3: DONE}


@pytest.mark.parametrize(
    ("code", "sent_before", "state"),
    [
        ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", EARLIER, STALE),
        ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None, STALE),
        ("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", EARLIER, UNKNOWN),
        ("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", None, STALE),
    ],
)
def test_a_spent_key_did_nothing_now_and_what_it_did_before_is_read(
    channel: ShopifyChannel, server: ScriptedServer, code: str, sent_before: datetime | None, state: PushState
) -> None:
    server.on(SET, quantities_set(stock_error(code)))
    server.on(READ, items(item(1, level(11, 9)), item(2, level(11, 3))))
    answers = channel.listings.push(a_batch(*THREE[:2], sent_before=sent_before))
    assert [(answer.state, answer.found and answer.found.quantity) for answer in answers] == [(state, 9), (state, 3)]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (quantities_set(stock_error("IDEMPOTENCY_CONCURRENT_REQUEST")), OutcomeUnknown),
        (Answer(lost=True), OutcomeUnknown),
        (Answer(b"upstream timed out", status=504), OutcomeUnknown),
        (Answer(b"", status=503), OutcomeUnknown),
        (Answer(b"", status=200), OutcomeUnknown),
        (gql.error("INTERNAL_SERVER_ERROR"), OutcomeUnknown),
        (gql.data(inventorySetQuantities=None), OutcomeUnknown),
        (gql.error("THROTTLED"), Throttled),
        (Answer(b"", status=429, headers={"Retry-After": "2.0"}), Throttled),
        (gql.error("ACCESS_DENIED"), ScopeMissing),
        (gql.error("BAD_REQUEST", "The @idempotent directive is required"), Rejected),
    ],
)
def test_what_is_not_said_of_each_push_is_raised(
    channel: ShopifyChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(SET, answer)
    with pytest.raises(OutsideError) as caught:
        channel.listings.push(a_batch(*THREE))
    assert type(caught.value) is error
    assert len(server.asked) == 1


def test_a_push_that_is_not_answered_in_time_may_be_done(hasty: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, Answer(silent=True))
    with pytest.raises(OutcomeUnknown):
        hasty.listings.push(a_batch(*THREE))


def test_a_shopify_that_cannot_be_reached_got_no_push() -> None:
    closed = ScriptedServer()
    with closed.serving():
        channel = connect(closed, timeout=0.5)
    with pytest.raises(Unavailable):
        channel.listings.push(a_batch(*THREE))
    channel.close()


def test_a_push_that_shopify_would_throttle_is_not_sent(channel: ShopifyChannel, server: ScriptedServer) -> None:
    answer = quantities_set()
    assert isinstance(answer.body, dict)
    answer.body["extensions"] = gql.cost(requested=13, available=0, rate=0.001)
    server.on(SET, answer)
    channel.listings.push(a_batch(*THREE))
    with pytest.raises(Throttled):
        channel.listings.push(a_batch(*THREE))
    assert len(server.asked) == 1


def test_a_batch_that_is_sent_again_is_the_same_to_its_key(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, Answer(lost=True), quantities_set())
    with pytest.raises(OutcomeUnknown):
        channel.listings.push(a_batch(*THREE))
    answers = channel.listings.push(a_batch(*THREE, sent_before=EARLIER))
    assert set(states(tuple(answers)).values()) == {DONE}
    first, second = server.asked_of(SET)
    assert first.body == second.body


def test_a_push_without_a_location_is_refused_and_the_others_are_sent(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(SET, quantities_set())
    homeless = a_push(9, 0, 3, {})
    assert states(tuple(channel.listings.push(a_batch(homeless, THREE[0])))) == {9: REFUSED, 1: DONE}
    assert states(tuple(channel.listings.push(a_batch(homeless)))) == {9: REFUSED}
    assert len(server.asked) == 1


def test_parallel_batches_do_not_mix(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(SET, quantities_set())
    with ThreadPoolExecutor(8) as threads:
        answered = list(threads.map(lambda n: channel.listings.push(a_batch(a_push(n, n, n + 1))), range(1, 33)))
    assert [answer.push_id for (answer,) in answered] == list(range(1, 33))
    for asked in server.asked_of(SET):
        (row,) = asked.json["variables"]["input"]["quantities"]
        assert row["inventoryItemId"].endswith(f"/{row['changeFromQuantity']}")
