"""The bucket as we know it: refilled by time, emptied by our own calls, believed from every answer."""

import pytest

from orderloom.channels.shopify.throttle import Throttle
from orderloom.domain.errors import Throttled
from tests.channels.shopify.graphql_answers import cost


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_bucket_refills_at_its_rate() -> None:
    clock = Clock()
    throttle = Throttle("shopify:kitchen", clock)
    throttle.learn("Read", cost(requested=500, available=100, rate=100))
    with pytest.raises(Throttled) as caught:
        throttle.take("Read")
    assert caught.value.wait_seconds == pytest.approx(4.0)
    clock.now = 4.0
    throttle.take("Read")


def test_calls_that_are_under_way_count() -> None:
    throttle = Throttle("shopify:kitchen", Clock())
    throttle.learn("Read", cost(requested=400, available=1000))
    throttle.take("Read")
    throttle.take("Read")
    with pytest.raises(Throttled):
        throttle.take("Read")


@pytest.mark.parametrize(
    "extensions",
    [None, {}, {"cost": None}, {"cost": {"throttleStatus": 1}}, cost(rate=0), {"cost": {"requestedQueryCost": "x"}}],
)
def test_what_cannot_be_understood_stops_nothing(extensions: object) -> None:
    throttle = Throttle("shopify:kitchen", Clock())
    assert throttle.learn("Read", extensions) is None
    throttle.take("Read")


def test_a_call_dearer_than_the_whole_bucket_is_left_to_shopify() -> None:
    throttle = Throttle("shopify:kitchen", Clock())
    throttle.learn("Read", cost(requested=5000, available=0, maximum=2000))
    throttle.take("Read")
