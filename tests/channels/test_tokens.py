"""A token shared by threads: fetched once, renewed in time, and let go of when it is refused."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from orderloom.channels.tokens import Grant, SharedToken, grant_of


class Issuer:
    """Gives token-1, token-2, ...; `now` is its clock."""

    def __init__(self, seconds: float = 3600.0) -> None:
        self.seconds = seconds
        self.count = 0
        self.now = 1000.0
        self.asleep = 0.0
        """Seconds that only the time of day has counted."""
        self.shared = SharedToken(
            self._fetch, renew_before=120.0, clock=lambda: self.now, time_of_day=lambda: self.now + self.asleep
        )

    def _fetch(self) -> Grant:
        self.count += 1
        return Grant(f"token-{self.count}", self.seconds)


def test_many_threads_fetch_one_token() -> None:
    issuer, start = Issuer(), threading.Barrier(16)

    def get() -> str:
        start.wait()
        return issuer.shared.get()

    with ThreadPoolExecutor(16) as threads:
        tokens = {future.result() for future in [threads.submit(get) for _ in range(16)]}
    assert tokens == {"token-1"}


@pytest.mark.parametrize(("seconds", "good_for"), [(3600.0, 3480.0), (60.0, 45.0)])
def test_a_token_is_renewed_before_it_ends(seconds: float, good_for: float) -> None:
    issuer = Issuer(seconds)
    issuer.shared.get()
    issuer.now += good_for - 1
    assert issuer.shared.get() == "token-1"
    issuer.now += 1
    assert issuer.shared.get() == "token-2"


def test_a_machine_that_slept_for_a_week_renews_its_token_when_it_wakes() -> None:
    issuer = Issuer()
    issuer.shared.get()
    issuer.asleep += 7 * 24 * 3600
    assert [issuer.shared.get(), issuer.shared.get()] == ["token-2", "token-2"]


def test_a_clock_that_is_set_back_keeps_no_token_beyond_its_end() -> None:
    issuer = Issuer()
    issuer.shared.get()
    issuer.asleep -= 24 * 3600
    issuer.now += 3480
    assert issuer.shared.get() == "token-2"


def test_a_refused_token_is_replaced_once_and_the_next_only_when_it_is_not_new() -> None:
    issuer = Issuer()
    assert issuer.shared.renew(issuer.shared.get())
    assert issuer.shared.get() == "token-2"
    assert not issuer.shared.renew("token-2")
    issuer.now += 31
    assert issuer.shared.renew("token-2")
    assert issuer.shared.get() == "token-3"


def test_a_refused_token_that_another_thread_has_replaced_costs_no_second_fetch() -> None:
    issuer = Issuer()
    refused = issuer.shared.get()
    issuer.now += 31
    issuer.shared.renew(refused)
    issuer.shared.get()
    assert issuer.shared.renew(refused)
    assert issuer.shared.get() == "token-2"


@pytest.mark.parametrize("body", [None, [], {}, {"access_token": ""}, {"access_token": 7}])
def test_an_answer_without_a_token_is_no_grant(body: object) -> None:
    assert grant_of(body, 60.0) is None


@pytest.mark.parametrize("seconds", [None, 0, -1, "soon"])
def test_a_grant_without_a_life_has_the_usual_one(seconds: object) -> None:
    grant = grant_of({"access_token": "t", "expires_in": seconds}, 60.0)
    assert grant is not None
    assert grant.seconds == 60.0
    assert "token='t'" not in repr(grant)
