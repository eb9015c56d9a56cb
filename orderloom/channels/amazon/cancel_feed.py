"""Cancelling orders by feed: POST_ORDER_ACKNOWLEDGEMENT_DATA of Feeds 2021-06-30.

createFeed is the bottleneck (0.0083 a second, burst 15), so one feed carries all orders that wait. A message's id is
the order's id without its hyphens, so that a result names its order whatever became of our memory of the batch. Results
are an XML processing report that lists what went wrong; an order that it does not mention was cancelled.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from sp_api.api.feeds.feeds_2021_06_30 import FeedsV20210630

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.errors import Operation
from orderloom.channels.amazon.sweep import as_iso
from orderloom.domain.cancel_batches import BatchEnd, BatchResult, CancelEntry
from orderloom.domain.cancellations import CancelReason
from orderloom.domain.errors import OutcomeUnknown, Unavailable
from orderloom.domain.merchant import AmazonAccount

FEED_TYPE = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
CONTENT_TYPE = "text/xml; charset=UTF-8"
REASONS = {
    CancelReason.BUYER: "BuyerCanceled",
    CancelReason.MERCHANT: "GeneralAdjustment",
    CancelReason.OUT_OF_STOCK: "NoInventory",
    CancelReason.UNDELIVERABLE: "ShippingAddressUndeliverable",
    CancelReason.RISK: "RiskAssessmentInformationNotValid",
    CancelReason.PAYMENT: "GeneralAdjustment",
    CancelReason.PRICING: "GeneralAdjustment",
    CancelReason.OTHER: "GeneralAdjustment",
}
"""Amazon's words; BuyerCanceled keeps the cancellation out of the seller's rate."""
_BASE = "/feeds/2021-06-30"
_ENDS = {"DONE": BatchEnd.DONE, "FATAL": BatchEnd.FAILED, "CANCELLED": BatchEnd.WITHDRAWN}
_DETAIL_LIMIT = 200


class CancelFeed:
    """Implements the port BatchChannel for one seller. Safe for many threads."""

    def __init__(self, partner: SellingPartner, account: AmazonAccount) -> None:
        self._partner = partner
        self._account = account

    def prepare(self, entries: Sequence[CancelEntry]) -> str:
        """createFeedDocument and the upload to the address that it gives. Safe to repeat: an unused one is nothing."""
        made = self._call(errors.CREATE_FEED_DOCUMENT, "POST", f"{_BASE}/documents", {"contentType": CONTENT_TYPE})
        document, url = made.get("feedDocumentId"), made.get("url")
        if not document or not url:
            raise Unavailable(self._partner.system, "createFeedDocument answered without a place to upload to")
        self._partner.upload(str(url), written(self._account.seller_id, entries), CONTENT_TYPE)
        return str(document)

    def submit(self, draft: str) -> str:
        body = {
            "feedType": FEED_TYPE,
            "marketplaceIds": list(self._account.marketplaces),
            "inputFeedDocumentId": draft,
        }
        feed = self._call(errors.CREATE_FEED, "POST", f"{_BASE}/feeds", body).get("feedId")
        if not feed:
            raise OutcomeUnknown(self._partner.system, "createFeed answered without a feed")
        return str(feed)

    def since(self, moment: datetime) -> Sequence[str]:
        query = {"feedTypes": FEED_TYPE, "createdSince": as_iso(moment), "pageSize": 100}
        feeds = self._call(errors.GET_FEEDS, "GET", f"{_BASE}/feeds", query).get("feeds") or []
        ordered = sorted(feeds, key=lambda feed: str(feed.get("createdTime", "")))
        return [str(feed["feedId"]) for feed in ordered if feed.get("feedId")]

    def result(self, batch: str) -> BatchResult | None:
        feed = self._call(errors.GET_FEED, "GET", f"{_BASE}/feeds/{batch}", {})
        end = _ENDS.get(str(feed.get("processingStatus")))
        if end is not BatchEnd.DONE:
            return BatchResult(end=end) if end else None
        document = feed.get("resultFeedDocumentId")
        if not document:
            raise Unavailable(self._partner.system, f"feed {batch} is done and has no result")
        place = self._call(errors.GET_FEED_DOCUMENT, "GET", f"{_BASE}/documents/{document}", {})
        report = self._partner.download(str(place.get("url", "")), gzipped=bool(place.get("compressionAlgorithm")))
        return BatchResult(end=end, refused=self._refused(report))

    def _refused(self, report: bytes) -> dict[str, str]:
        try:
            return read_report(report)
        except ElementTree.ParseError as wrong:
            raise Unavailable(self._partner.system, f"the result of a feed is no XML ({wrong})") from None

    def _call(self, operation: Operation, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        # The library's own methods upload and download without a timeout, and add marketplaces to the bodies.
        given = {"params" if method == "GET" else "data": {**content, "method": method}}
        payload = self._partner.call(
            FeedsV20210630, operation, lambda client: client._request(path, **given, add_marketplace=False)
        ).payload
        return payload if isinstance(payload, dict) else {}


def written(seller_id: str, entries: Sequence[CancelEntry]) -> bytes:
    """The feed's XML (amzn-envelope.xsd, OrderAcknowledgement.xsd)."""
    envelope = ElementTree.Element("AmazonEnvelope")
    header = ElementTree.SubElement(envelope, "Header")
    _put(header, "DocumentVersion", "1.01")
    _put(header, "MerchantIdentifier", seller_id)
    _put(envelope, "MessageType", "OrderAcknowledgement")
    for entry in entries:
        message = ElementTree.SubElement(envelope, "Message")
        _put(message, "MessageID", entry.order_id.replace("-", ""))
        acknowledgement = ElementTree.SubElement(message, "OrderAcknowledgement")
        _put(acknowledgement, "AmazonOrderID", entry.order_id)
        _put(acknowledgement, "StatusCode", "Failure")
        for line in entry.lines:
            item = ElementTree.SubElement(acknowledgement, "Item")
            _put(item, "AmazonOrderItemCode", line)
            _put(item, "CancelReason", REASONS[entry.reason])
    return bytes(ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True))


def read_report(report: bytes) -> dict[str, str]:
    """The refused orders of a processing report, by order id. Raises ParseError where it is no XML."""
    if b"<!DOCTYPE" in report[:1000]:
        raise ElementTree.ParseError("a processing report has no DOCTYPE")
    refused: dict[str, str] = {}
    for result in ElementTree.fromstring(report).iter("Result"):  # noqa: S314 - Amazon's own, without a DOCTYPE
        if _text(result, "ResultCode") == "Error" and (number := _text(result, "MessageID")):
            code, why = _text(result, "ResultMessageCode"), _text(result, "ResultDescription")
            refused.setdefault(_order_id(number), f"{code}: {why}"[:_DETAIL_LIMIT])
    return refused


def _order_id(message_id: str) -> str:
    digits = message_id.zfill(17)
    return f"{digits[:3]}-{digits[3:10]}-{digits[10:]}"


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _text(parent: ElementTree.Element, name: str) -> str:
    return (parent.findtext(name) or "").strip()
