"""A node that calls back in its own shape: who signed, what it says, and on which lines it is put."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from orderloom.domain.errors import UnreadableEvent, WrongSignature
from orderloom.domain.events import EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.node_api import NodeApi, NodeCall, NodeCallback, NodePreset, Signing
from orderloom.domain.shipments import Package, ShipmentEvent, ShipmentEventKind, ShipmentLine
from orderloom.fulfillment import DescribedCallbacks
from tests.fulfillment.nodes import DISPATCH_ID

KEY = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1001")
EVENTS = """answer.news.map(n, {
  "dispatch_id": n.order, "kind": n.what, "reason": has(n.why) ? n.why : "",
  "occurred_at": n.when,
  "package": has(n.box) ? {"package_id": n.box, "carrier": "ups", "tracking_number": has(n.label) ? n.label : n.box,
    "shipped_at": n.when,
    "lines": n.items} : dyn(null)
})"""
WHEN = "2026-11-24T09:00:00Z"
ASKED = (
    ShipmentLine(line_id="1", sku="PAN", quantity=2),
    ShipmentLine(line_id="2", sku="PAN", quantity=1),
    ShipmentLine(line_id="3", sku="LID", quantity=1),
)
SECRET = "callback-secret"


def described(signing: Signing = Signing.HMAC_HEX, *secrets: str, left: tuple[Package, ...] = ()) -> DescribedCallbacks:
    call = NodeCall(path="x")
    how = NodeCallback(signing=signing, header="X-Sent-By", events=EVENTS)
    api = NodeApi(dispatch=call, find=call, found="[]", callback=how)
    return DescribedCallbacks("east", api, secrets or (SECRET,), lambda _: ASKED, lambda _: left)


def hex_of(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def news(what: str, **more: Any) -> dict[str, Any]:
    return {"order": DISPATCH_ID, "what": what, "when": WHEN, **more}


def box(name: str, **units: int) -> dict[str, Any]:
    items = [{"sku": sku, "quantity": count} for sku, count in units.items()]
    return news("shipped", box=name, items=items)


def sent(reader: DescribedCallbacks, *told: dict[str, Any]) -> list[NewEvent]:
    body = json.dumps({"news": told, "ship_to": {"name": "Zoë Quill"}}).encode()
    signed = {"X-Sent-By": f"sha256={hex_of(body)}"}
    return reader.to_events(body, signed, lambda name: KEY if name == DISPATCH_ID else None)


def read(reader: DescribedCallbacks, event: NewEvent) -> ShipmentEvent:
    return reader.read(event.body)


def standard(body: bytes, secret: str) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, b"msg_1.1700000000." + body, hashlib.sha256).digest()
    told = f"v1,bm90IHRoaXM= v1,{base64.b64encode(signed).decode()}"
    return {"Webhook-Id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": told}


STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED: dict[Signing, tuple[str, Callable[[bytes, str], dict[str, str]]]] = {
    Signing.HMAC_HEX: (SECRET, lambda body, secret: {"x-sent-by": hex_of(body, secret).upper()}),
    Signing.HMAC_BASE64: (
        SECRET,
        lambda body, secret: {
            "x-sent-by": base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        },
    ),
    Signing.STANDARD_WEBHOOKS: (STANDARD_SECRET, standard),
    Signing.SECRET: (SECRET, lambda _, secret: {"X-SENT-BY": secret}),
}


@pytest.mark.parametrize("signing", SIGNED, ids=str)
def test_each_way_of_signing_proves_the_sender_and_nothing_else_does(signing: Signing) -> None:
    secret, sign = SIGNED[signing]
    other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    reader, body = described(signing, other, secret), b'{"news": []}'
    (kept,) = reader.to_events(body, sign(body, secret), lambda _: KEY)
    assert (kept.state, kept.detail) == (EventState.KEPT, "it is news of nothing that we follow")
    forged: list[dict[str, str]] = [{}, {"x-sent-by": ""}, {"x-sent-by": "Zoë"}, {"webhook-signature": "v1,"}]
    if signing is not Signing.SECRET:
        forged.append(sign(b'{"news": [1]}', secret))
    forged.append(sign(body, "whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"))
    for headers in forged:
        with pytest.raises(WrongSignature):
            reader.to_events(body, headers, lambda _: KEY)


def test_a_node_without_secrets_proves_nothing() -> None:
    call = NodeCall(path="x")
    how = NodeCallback(signing=Signing.SECRET, header="X-Sent-By", events=EVENTS)
    api = NodeApi(dispatch=call, find=call, found="[]", callback=how)
    reader = DescribedCallbacks("east", api, ("",), lambda _: ASKED, lambda _: ())
    with pytest.raises(WrongSignature):
        reader.to_events(b"{}", {"X-Sent-By": ""}, lambda _: KEY)


def test_several_pieces_of_news_in_one_body_are_events_of_their_own_without_the_buyer() -> None:
    reader = described()
    told = [news("accepted"), box("B1", PAN=1), news("cancelled", why="out_of_stock"), news("refused", why="no room")]
    events = sent(reader, *told, news("delivered") | {"order": "somebody-else-s"})
    assert [event.state for event in events] == [EventState.STORED] * 4 + [EventState.UNREADABLE]
    assert events[4].detail == "its dispatch id is none of ours"
    assert len({event.delivery_id for event in events}) == 5
    assert [event.delivery_id for event in sent(reader, *told)] == [event.delivery_id for event in events[:4]]
    assert all(b"Quill" not in event.body for event in events)
    kinds = [read(reader, event).kind for event in events[:4]]
    assert kinds == [ShipmentEventKind(told_of["what"]) for told_of in told]
    assert [read(reader, event).reason for event in events[2:4]] == ["out_of_stock", "see_node"]
    assert read(reader, events[0]).occurred_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_units_go_on_the_lines_that_have_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = sent(described(), box("B1", PAN=2))
    one = read(described(), first).package
    assert one is not None
    assert one.lines == (ASKED[0],)
    (second,) = sent(described(), box("B2", PAN=1, LID=1))
    two = read(described(left=(one,)), second).package
    assert two is not None
    assert two.lines == (ASKED[1], ASKED[2])
    again = read(described(left=(one, two)), second).package
    assert again == two, "a box that is recorded is that box"
    renamed = one.model_copy(update={"package_id": "label-7"})
    assert read(described(left=(renamed,)), first).package == renamed
    with pytest.raises(UnreadableEvent, match="not asked for"):
        read(described(left=(one, two)), sent(described(), box("B3", PAN=1))[0])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<xml/>", "body: is not JSON"),
        (b"{}", "api.callback.events: does not fit"),
        (b'{"news": [{"order": "a"}]}', "api.callback.events: does not fit"),
        (json.dumps({"news": [news("vanished")]}).encode(), "kind"),
        (json.dumps({"news": [news("shipped")]}).encode(), "package: is missing"),
        (json.dumps({"news": [box("B1", PAN=0)]}).encode(), "quantity"),
        (json.dumps({"news": [news("accepted") | {"order": 7}]}).encode(), "dispatch_id"),
    ],
)
def test_a_genuine_body_that_is_no_report_is_kept_whole_with_what_is_wrong(body: bytes, why: str) -> None:
    (event,) = described().to_events(body, {"x-sent-by": hex_of(body)}, lambda _: KEY)
    assert (event.state, event.body) == (EventState.UNREADABLE, body)
    assert why in event.detail


def preset(name: NodePreset, secret: str) -> DescribedCallbacks:
    settings = {"shop_name": "kitchen"}
    return DescribedCallbacks("east", NodeApi(preset=name, settings=settings), [secret], lambda _: ASKED, lambda _: ())


def test_a_box_under_another_label_is_other_news_of_the_same_box() -> None:
    line = ASKED[0].model_copy(update={"quantity": 1})
    left = (Package(package_id="B1", carrier="ups", tracking_number="B1", shipped_at=datetime.now(UTC), lines=(line,)),)
    reader = described(left=left)
    (first,), (again,) = (sent(reader, relabelled_box(tracking)) for tracking in ("B1", "T-2"))
    assert first.delivery_id != again.delivery_id
    package = read(reader, again).package
    assert package is not None
    assert (package.package_id, package.tracking_number, package.lines) == ("B1", "T-2", (line,))
    (under_another_name,) = sent(reader, {**box("B9", PAN=1), "label": "B1"})
    assert read(reader, under_another_name).package == left[0]


def test_a_box_whose_name_is_its_label_is_the_same_box_once_nothing_else_is_left_to_leave() -> None:
    left = tuple(
        Package(package_id=name, carrier="ups", tracking_number=name, shipped_at=datetime.now(UTC), lines=lines)
        for name, lines in (("B1", ASKED[:2]), ("B2", ASKED[2:]))
    )
    reader = described(left=left)
    (corrected,) = sent(reader, box("B3", LID=1))
    package = read(reader, corrected).package
    assert package is not None
    assert (package.package_id, package.tracking_number, package.lines) == ("B2", "B3", ASKED[2:])
    (beyond,) = sent(reader, box("B4", PAN=1))
    with pytest.raises(UnreadableEvent, match="units that were not asked for"):
        read(reader, beyond)


def relabelled_box(tracking: str) -> dict[str, Any]:
    return {**box("B1", PAN=1), "label": tracking}


def test_shipbob_s_webhooks_are_read_by_their_topic() -> None:
    shipment = {
        "id": 9,
        "reference_id": DISPATCH_ID,
        "tracking": {"carrier": "USPS", "tracking_number": "9400"},
        "actual_fulfillment_date": WHEN,
        "products": [{"reference_id": "PAN", "inventory_items": [{"quantity": 2}]}],
    }
    reader = preset(NodePreset.SHIPBOB, STANDARD_SECRET)
    for document in ({"reference_id": DISPATCH_ID, "shipments": [shipment]}, shipment):
        body = json.dumps(document).encode()
        found = {}
        for topic in ("order.shipped", "order.shipment.delivered", "order.shipment.cancelled"):
            headers = {**standard(body, STANDARD_SECRET), "X-Webhook-Topic": topic}
            (found[topic],) = reader.to_events(body, headers, lambda _: KEY)
        shipped = read(reader, found["order.shipped"])
        assert (shipped.kind, shipped.package and shipped.package.lines) == (ShipmentEventKind.SHIPPED, (ASKED[0],))
        assert read(reader, found["order.shipment.delivered"]).kind is ShipmentEventKind.DELIVERED
        assert found["order.shipment.cancelled"].state is EventState.KEPT
        assert shipped.package is not None
        assert (shipped.package.package_id, shipped.package.tracking_number) == ("9", "9400"), "its id stays"


def test_shiphero_s_shipment_update_tells_of_each_box() -> None:
    items = [
        {"sku": "PAN", "quantity": 3, "package": "Package #1"},
        {"sku": "LID", "quantity": 1, "package": "Package #2"},
    ]
    fulfillment = {"order_number": DISPATCH_ID, "shipping_carrier": "UPS", "line_items": items}
    body = json.dumps(
        {
            "webhook_type": "Shipment Update",
            "fulfillment": fulfillment | {"created_at": "2026-11-24 09:00:00"},
            "packages": [
                {
                    "name": "Package #1",
                    "tracking_number": "1Z1",
                    "shipping_label": {"tracking_url": "https://t.example"},
                },
                {"name": "Package #2", "shipping_label": {"tracking_number": "1Z2"}, "shipping_carrier": "FedEx"},
            ],
        }
    ).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    reader = preset(NodePreset.SHIPHERO, SECRET)
    events = reader.to_events(body, {"X-Shiphero-Hmac-Sha256": signature}, lambda _: KEY)
    packages = [package for event in events if (package := read(reader, event).package)]
    assert [(package.tracking_number, package.lines) for package in packages] == [
        ("1Z1", ASKED[:2]),
        ("1Z2", ASKED[2:]),
    ]
    assert [package.carrier for package in packages] == ["UPS", "FedEx"], "each box's own, where it has one"
    cancelled = json.dumps({"webhook_type": "Order Canceled", "order_number": DISPATCH_ID}).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), cancelled, hashlib.sha256).digest()).decode()
    (event,) = reader.to_events(cancelled, {"x-shiphero-hmac-sha256": signature}, lambda _: KEY)
    assert read(reader, event).kind is ShipmentEventKind.CANCELLED
