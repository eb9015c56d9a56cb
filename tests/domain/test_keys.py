import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.keys import DISPATCH_ID_LIMIT, Channel, OrderKey, dispatch_id, follow_up_id, workflow_id

KEY = OrderKey(channel=Channel.AMAZON, account="kitchen_us", order_id="111-2222222-3333333")

keys = st.builds(
    OrderKey,
    channel=st.sampled_from(Channel),
    account=st.from_regex(r"\A[a-z][a-z0-9_]{0,30}\Z"),
    order_id=st.from_regex(r"\A[A-Za-z0-9-]{1,64}\Z"),
)


def test_an_order_key_reads_back_from_its_text() -> None:
    assert OrderKey.parse(str(KEY)) == KEY
    assert workflow_id(KEY) == "order:amazon:kitchen_us:111-2222222-3333333"
    assert follow_up_id(KEY, "e1") == "after:amazon:kitchen_us:111-2222222-3333333:e1"


@pytest.mark.parametrize(
    "text", ["", "amazon:1", "ebay:kitchen:1", "amazon:Kitchen:1", "amazon:kitchen:a b", "a:b:c:d"]
)
def test_anything_else_is_no_order_key(text: str) -> None:
    with pytest.raises(ValueError):
        OrderKey.parse(text)


@given(key=keys, shipment=st.integers(1, 99), attempt=st.integers(1, 99))
def test_a_dispatch_id_is_short_url_safe_and_always_the_same(key: OrderKey, shipment: int, attempt: int) -> None:
    name = dispatch_id(key, shipment, attempt)
    assert name == dispatch_id(key, shipment, attempt)
    assert len(name) <= DISPATCH_ID_LIMIT
    assert name.replace("-", "").isalnum()


@given(a=keys, b=keys, shipment=st.integers(1, 9), attempt=st.integers(1, 9))
def test_two_orders_never_share_a_dispatch_id(a: OrderKey, b: OrderKey, shipment: int, attempt: int) -> None:
    assert (dispatch_id(a, shipment, attempt) == dispatch_id(b, shipment, attempt)) == (a == b)


def test_each_attempt_and_each_shipment_has_its_own_dispatch_id() -> None:
    ids = {dispatch_id(KEY, shipment, attempt) for shipment in (1, 2, 11) for attempt in (1, 2, 11)}
    assert len(ids) == 9
