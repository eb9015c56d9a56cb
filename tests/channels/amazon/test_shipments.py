"""Confirming a package to Amazon: only a 204 is a success, and a repeat is an edit."""

import importlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orderloom.channels.amazon import AmazonChannel
from orderloom.channels.amazon.shipments import confirmation_body
from orderloom.domain.carriers import Carrier
from orderloom.domain.errors import AccessDenied, OutcomeUnknown, OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.shipments import Confirmation, ConfirmedLine, Package, ShipmentLine
from tests.channels.amazon.test_client import refused
from tests.channels.servers import Answer, ScriptedServer

CONFIRM = "/shipmentConfirmation"
GET_ORDER = "/orders/2026-01-01/orders"
DONE = Answer(status=204)
NOTHING_LEFT = (
    "Failed to create package due to not finding a matching package or order already fulfilled. "
    "ErrorMessage(errorCode=GeneralError, errorMetric=PackageToUpdateNotFound)"
)


def a_confirmation(carrier: str = "fedex", number: int = 2, service: str | None = "FedEx Ground") -> Confirmation:
    return Confirmation(
        key=OrderKey(channel=Channel.AMAZON, account="kitchen_us", order_id="114-1234567-7654321"),
        number=number,
        package=Package(
            package_id="P1",
            carrier=carrier,
            service=service,
            tracking_number="7712 3456",
            shipped_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            lines=(ShipmentLine(line_id="79039765272157", sku="PAN", quantity=1),),
        ),
        lines=(ConfirmedLine(line_id="79039765272157", quantity=1),),
    )


def test_a_confirmation_is_sent_as_amazon_documents_it(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(CONFIRM, DONE)
    receipt = channel.confirm(a_confirmation())
    assert (receipt.reference, receipt.already_there) == ("2", False)
    (asked,) = server.asked_of(CONFIRM)
    assert asked.method == "POST"
    assert asked.path == "/orders/v0/orders/114-1234567-7654321/shipmentConfirmation"
    assert asked.json == {
        "marketplaceId": "ATVPDKIKX0DER",
        "packageDetail": {
            "packageReferenceId": "2",
            "carrierCode": "FedEx",
            "shippingMethod": "FedEx Ground",
            "trackingNumber": "7712 3456",
            "shipDate": "2026-11-22T09:30:00.000Z",
            "orderItems": [{"orderItemId": "79039765272157", "quantity": 1}],
        },
    }


@pytest.mark.parametrize(
    ("carrier", "code", "name"),
    [("ups", "UPS", None), ("royal-mail", "Royal Mail", None), ("Harbor Couriers", "Other", "Harbor Couriers")],
)
def test_a_carrier_that_amazon_has_no_code_for_is_named(carrier: str, code: str, name: str | None) -> None:
    detail = confirmation_body(a_confirmation(carrier), "M")["packageDetail"]
    assert (detail["carrierCode"], detail.get("carrierName")) == (code, name)


def test_a_merchants_own_carrier_goes_by_its_code_or_its_name() -> None:
    told = []
    for code in ("HRBR", None):
        own = a_confirmation("HC").model_copy(update={"carrier": Carrier("Harbor Couriers", code, ("HC",))})
        detail = confirmation_body(own, "M")["packageDetail"]
        told.append((detail["carrierCode"], detail.get("carrierName")))
    assert told == [("HRBR", None), ("Other", "Harbor Couriers")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"", status=503), Unavailable),
        (Answer(b"<html></html>", status=503), Unavailable),
        (refused(500, "InternalFailure"), Unavailable),
        (Answer(b"upstream timed out", status=504), OutcomeUnknown),
        (Answer(b"", status=200), OutcomeUnknown),
        (Answer({}, status=200), OutcomeUnknown),
        (Answer(lost=True), OutcomeUnknown),
        (Answer({"message": "Too Many Requests"}, status=429), Throttled),
        (refused(403, "Unauthorized"), AccessDenied),
        (refused(400, "InvalidInput", "Ship+ orders are confirmed automatically"), Rejected),
    ],
)
def test_only_a_204_confirms(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(CONFIRM, answer)
    with pytest.raises(OutsideError) as caught:
        channel.confirm(a_confirmation())
    assert type(caught.value) is error


def test_a_confirmation_that_is_not_answered_in_time_is_unclear(hasty: AmazonChannel, server: ScriptedServer) -> None:
    server.on(CONFIRM, Answer(silent=True))
    with pytest.raises(OutcomeUnknown):
        hasty.confirm(a_confirmation())


def test_without_a_token_nothing_was_confirmed(hasty: AmazonChannel, server: ScriptedServer) -> None:
    server.on("/auth/o2/token", Answer(silent=True))
    with pytest.raises(Unavailable):
        hasty.confirm(a_confirmation())


def test_after_a_lost_answer_the_same_package_is_sent_again(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(CONFIRM, Answer(lost=True), DONE)
    with pytest.raises(OutcomeUnknown):
        channel.confirm(a_confirmation())
    channel.confirm(a_confirmation())
    first, second = server.asked_of(CONFIRM)
    assert first.body == second.body


def test_an_order_already_fulfilled_with_our_tracking_number_is_confirmed(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(CONFIRM, refused(400, "InvalidInput", NOTHING_LEFT))
    server.on(GET_ORDER, Answer({"order": {"packages": [{"packageReferenceId": "9", "trackingNumber": "77123456"}]}}))
    assert channel.confirm(a_confirmation()).already_there
    assert server.asked_of(GET_ORDER)[0].query == {"includedData": ["PACKAGES"]}


@pytest.mark.parametrize(
    "order", [{"packages": [{"packageReferenceId": "9", "trackingNumber": "other"}]}, {"packages": None}, {}]
)
def test_an_order_fulfilled_by_other_packages_is_rejected(
    channel: AmazonChannel, server: ScriptedServer, order: object
) -> None:
    server.on(CONFIRM, refused(400, "InvalidInput", NOTHING_LEFT))
    server.on(GET_ORDER, Answer({"order": order}))
    with pytest.raises(Rejected, match="PackageToUpdateNotFound"):
        channel.confirm(a_confirmation())


def test_a_confirmation_of_nothing_is_not_sent(channel: AmazonChannel, server: ScriptedServer) -> None:
    with pytest.raises(Rejected) as caught:
        channel.confirm(a_confirmation().model_copy(update={"lines": ()}))
    assert caught.value.code == "NO_LINES"
    assert server.asked == []


@pytest.mark.parametrize("carrier", ["UPS", "Harbor Couriers"])
def test_the_body_satisfies_amazons_model(shared: Path, carrier: str) -> None:
    model = json.loads((shared / "contracts/spapi/ordersV0.json").read_text())
    schema = {"$ref": "#/definitions/ConfirmShipmentRequest", "definitions": model["definitions"]}
    body = confirmation_body(a_confirmation(carrier, service=None), "ATVPDKIKX0DER")
    importlib.import_module("jsonschema").validate(body, schema)
