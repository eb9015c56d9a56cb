import hashlib
import hmac
import json

import pytest

from orderloom.domain.errors import UnreadableEvent, WrongSignature
from orderloom.domain.events import EventSource, EventState
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.shipments import ShipmentEventKind
from orderloom.fulfillment import NodeCallbackReader
from tests.fulfillment.nodes import DISPATCH_ID, a_package

KEY = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1001")
OLD, NEW = "old secret", "nëw secret"
READER = NodeCallbackReader("harbor", [OLD, NEW])


def a_callback(**changes: object) -> bytes:
    body = {
        "delivery_id": "D-1",
        "dispatch_id": DISPATCH_ID,
        "kind": "shipped",
        "occurred_at": "2026-11-23T10:00:00Z",
        "reason": "",
        "package": a_package(),
        **changes,
    }
    return json.dumps(body).encode()


def signed(body: bytes, secret: str = NEW, name: str = "X-Orderloom-Signature") -> dict[str, str]:
    return {name: "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def order_of(dispatch_id: str) -> OrderKey | None:
    return KEY if dispatch_id == DISPATCH_ID else None


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_each_of_several_secrets_may_sign_while_one_is_being_changed(secret: str) -> None:
    event = READER.to_event(a_callback(), signed(a_callback(), secret), order_of)
    assert (event.origin, event.topic, event.delivery_id) == ("node:harbor", "fulfillment", "D-1")
    assert event.source is EventSource.CALLBACK
    assert event.state is EventState.STORED
    assert event.order_key == KEY
    assert event.triggered_at is not None


def test_the_headers_name_is_read_in_any_case() -> None:
    READER.verify(a_callback(), signed(a_callback(), name="x-orderloom-SIGNATURE"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Orderloom-Signature": ""},
        {"X-Orderloom-Signature": "sha256="},
        {"X-Orderloom-Signature": "sha256=ünïcode"},
        {"X-Orderloom-Signature": "\udcff"},
        {"X-Orderloom-Signature": signed(a_callback())["X-Orderloom-Signature"].removeprefix("sha256=")},
        signed(a_callback(), "a stranger's"),
        signed(a_callback() + b" "),
    ],
)
def test_a_callback_that_no_secret_signed_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WrongSignature, match="node:harbor"):
        READER.to_event(a_callback(), headers, order_of)


def test_a_node_without_secrets_believes_nobody() -> None:
    with pytest.raises(WrongSignature):
        NodeCallbackReader("harbor", []).verify(a_callback(), signed(a_callback(), ""))


def test_a_shipped_event_carries_its_package() -> None:
    event = READER.read(a_callback())
    assert event.kind is ShipmentEventKind.SHIPPED
    assert event.node == "harbor"
    assert event.package is not None
    assert event.package.lines[0].quantity == 2


@pytest.mark.parametrize("kind", ["accepted", "delivered", "cancelled", "refused"])
def test_the_other_kinds_need_no_package(kind: str) -> None:
    assert READER.read(a_callback(kind=kind, package=None)).kind == kind


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"Zoe Quill", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (a_callback(kind="Zoe Quill"), "kind"),
        (a_callback(package=None), "package"),
        (a_callback(delivery_id=""), "delivery_id"),
        (a_callback(delivery_id="D\0"), "delivery_id"),
        (a_callback(occurred_at="2026-11-23T10:00:00"), "occurred_at"),
        (
            a_callback(package=a_package(lines=[{"line_id": "1", "sku": "PAN", "quantity": 0}])),
            "package.lines.0.quantity",
        ),
        (a_callback(package=a_package(lines=[{"line_id": "1", "sku": "PAN", "quantity": 10**30}])), "package.lines.0"),
    ],
)
def test_a_genuine_body_that_cannot_be_read_is_kept_with_the_field_and_without_the_value(
    body: bytes, field: str
) -> None:
    with pytest.raises(UnreadableEvent) as unreadable:
        READER.read(body)
    assert unreadable.value.field.startswith(field)
    event = READER.to_event(body, signed(body), order_of)
    assert event.state is EventState.UNREADABLE
    assert event.body == body
    assert "Quill" not in event.detail
    assert field in event.detail


def test_an_unreadable_body_that_comes_again_has_the_same_delivery_id() -> None:
    first, again, other = (READER.to_event(body, signed(body), order_of) for body in (b"{", b"{", b"["))
    assert first.delivery_id == again.delivery_id != other.delivery_id


def test_a_callback_about_a_dispatch_that_is_none_of_ours_is_kept_and_acted_on_by_no_order() -> None:
    body = a_callback(dispatch_id="somebody-elses")
    event = READER.to_event(body, signed(body), order_of)
    assert event.state is EventState.KEPT
    assert event.order_key is None
    assert event.detail


def test_the_delivery_id_is_the_signed_one_whatever_the_unsigned_header_says() -> None:
    headers = signed(a_callback()) | {"X-Orderloom-Delivery": "forged"}
    assert READER.to_event(a_callback(), headers, order_of).delivery_id == "D-1"
