"""Stock in Amazon's warehouses: page by page, and never more than can be shipped."""

import pytest

from orderloom.channels.amazon import AmazonChannel
from orderloom.domain.errors import OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.listing.offers import FbaLevel
from tests.channels.amazon.listing_answers import SUMMARIES, US, summaries, summary
from tests.channels.amazon.test_client import refused
from tests.channels.servers import Answer, ScriptedServer


def test_a_page_tells_what_can_be_shipped_what_is_reserved_and_what_is_on_its_way(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(SUMMARIES, summaries(summary("PAN-28", 40, 6, (1, 2, 3)), summary("POT/3 ä", 0), next_token="n1"))
    page = channel.fba_levels(None)
    assert page.levels == (
        FbaLevel(seller_sku="PAN-28", fulfillable=40, reserved=6, inbound=6),
        FbaLevel(seller_sku="POT/3 ä", fulfillable=0),
    )
    (asked,) = server.asked_of(SUMMARIES)
    assert asked.query == {
        "granularityType": ["Marketplace"],
        "granularityId": [US],
        "marketplaceIds": [US],
        "details": ["true"],
    }
    server.on(SUMMARIES, summaries())
    assert page.next_token == "n1"
    assert channel.fba_levels(page.next_token).next_token is None
    assert server.asked_of(SUMMARIES)[1].query == {**asked.query, "nextToken": ["n1"]}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(400, "InvalidInput", "the token has expired"), Rejected),
        (refused(429, "QuotaExceeded"), Throttled),
        (Answer(b"", status=503), Unavailable),
        (Answer({"payload": {}}), Unavailable),
        (summaries({"sellerSku": "NO-DETAILS"}), Unavailable),
        (summaries(summary("PAN-28", -1)), Unavailable),
        (Answer(lost=True), Unavailable),
    ],
)
def test_no_failure_passes_for_empty_warehouses(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(SUMMARIES, answer)
    with pytest.raises(OutsideError) as caught:
        channel.fba_levels("n1")
    assert type(caught.value) is error
