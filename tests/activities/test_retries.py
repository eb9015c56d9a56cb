from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.policies import POLICIES
from activities.retries import ACCESS_DENIED_DELAY, PAUSED_DELAY, TRANSLATED, policy_of, step, translate
from orderloom.domain.errors import (
    AccessDenied,
    AccountPaused,
    OrderloomError,
    OrderUnknown,
    OutcomeUnknown,
    Rejected,
    StockMoved,
    Throttled,
    Unavailable,
    UnreadableEvent,
)


def told(error: Exception) -> ApplicationError:
    failure = translate(error)
    assert isinstance(failure, ApplicationError)
    return failure


def test_a_throttled_step_waits_as_long_as_it_is_asked_to_and_is_no_failure() -> None:
    failure = told(Throttled("shopify:kitchen", 7.5))
    assert (failure.next_retry_delay, failure.category) == (
        timedelta(seconds=7.5),
        ApplicationErrorCategory.BENIGN,
    )
    assert not failure.non_retryable


@pytest.mark.parametrize(
    "error", [Unavailable("node:own", "away"), OutcomeUnknown("node:own", "no answer"), StockMoved("PAN", "own")]
)
def test_what_may_succeed_later_is_tried_again(error: OrderloomError) -> None:
    assert not told(error).non_retryable


@pytest.mark.parametrize(
    "error", [Rejected("amazon:us", "InvalidInput", "no"), UnreadableEvent("lines", "is missing"), OrderUnknown("x")]
)
def test_what_is_refused_is_left_to_the_workflow_with_its_type_and_text(error: OrderloomError) -> None:
    failure = told(error)
    assert failure.non_retryable
    assert (failure.type, failure.message) == (type(error).__name__, str(error))


def test_wrong_credentials_are_tried_slowly() -> None:
    failure = told(AccessDenied("amazon:us", "invalid_grant"))
    assert (failure.next_retry_delay, failure.non_retryable) == (ACCESS_DENIED_DELAY, False)


def test_a_paused_account_is_told_to_a_workflow_that_holds_for_it_and_waited_for_by_every_other_step() -> None:
    paused = AccountPaused("shopify:kitchen", "the app was uninstalled")
    held, waits = translate(paused, POLICIES["confirm"]), translate(paused, POLICIES["publish"])
    assert isinstance(held, ApplicationError)
    assert isinstance(waits, ApplicationError)
    assert (held.non_retryable, waits.non_retryable, waits.next_retry_delay) == (True, False, PAUSED_DELAY)
    assert waits.category is ApplicationErrorCategory.BENIGN
    assert {name for name, policy in POLICIES.items() if policy.held_while_paused} == {
        "confirm",
        "correct_tracking",
        "withdraw",
        "reread",
    }


class Clumsy:
    @step("note")
    def fail(self, name: str) -> None:
        raise LookupError(f"no buyer called {name}")


def test_an_unexpected_error_tells_its_type_and_place_and_none_of_its_text() -> None:
    with pytest.raises(ApplicationError) as caught:
        Clumsy().fail("Quackenbush")
    failure = caught.value
    assert failure.message.startswith("LookupError at activities/retries.py:")
    assert (failure.type, failure.non_retryable) == ("Unexpected", False)
    assert (failure.__cause__, failure.__suppress_context__) == (None, True)


def test_every_error_of_ours_and_the_unexpected_one_stay_readable_in_a_history() -> None:
    assert {"Throttled", "Rejected", "UnreadableEvent", "OrderUnknown", "Unexpected"} <= TRANSLATED
    assert "ValueError" not in TRANSLATED


def test_a_step_carries_the_policy_of_its_name() -> None:
    assert policy_of(Clumsy.fail) is POLICIES["note"]
