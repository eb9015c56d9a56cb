"""Feeds 2021-06-30 of one seller: documents, feeds, and what POST_ORDER_ACKNOWLEDGEMENT_DATA does to the orders."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from xml.etree import ElementTree

from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.amazon.refusals import Refusal, invalid_input
from orderloom.sandbox.clock import Clock, iso_seconds
from orderloom.sandbox.knobs import Fate

ACKNOWLEDGEMENT = "POST_ORDER_ACKNOWLEDGEMENT_DATA"


@dataclass
class Feed:
    feed_id: str
    kind: str
    marketplaces: list[str]
    document: str
    created: datetime
    due: datetime
    ends_as: str
    result: str | None = None
    is_over: bool = False


@dataclass
class Feeds:
    """A feed is processed when somebody looks after it is due: nothing shows before that."""

    seller: AmazonSeller
    clock: Clock
    fate: Fate
    dice: Random
    documents: dict[str, bytes | None] = field(default_factory=dict)
    """By id; None until it is uploaded."""
    feeds: dict[str, Feed] = field(default_factory=dict)

    def create_document(self, asked: dict[str, Any]) -> str:
        if not isinstance(asked.get("contentType"), str):
            raise invalid_input("contentType is required.")
        return self._new_document(None)

    def upload(self, document: str, content: bytes) -> None:
        self._known(document)
        self.documents[document] = content

    def download(self, document: str) -> bytes:
        content = self._known(document)
        if content is None:
            raise Refusal(404, "NotFound", "Requested resource is not found.")
        return content

    def create(self, asked: dict[str, Any]) -> str:
        document, marketplaces = asked.get("inputFeedDocumentId"), asked.get("marketplaceIds")
        if asked.get("feedType") != ACKNOWLEDGEMENT:
            raise invalid_input("feedType is none that the sandbox processes.")
        if not isinstance(marketplaces, list) or not marketplaces:
            raise invalid_input("marketplaceIds is required.")
        if not isinstance(document, str) or self.documents.get(document) is None:
            raise invalid_input("inputFeedDocumentId names no uploaded document.")
        now, knobs = self.clock.now(), self.fate.knobs.feeds
        feed_id = str(self.dice.randrange(10**11, 10**12))
        due = now + timedelta(seconds=knobs.seconds)
        self.feeds[feed_id] = Feed(feed_id, ACKNOWLEDGEMENT, marketplaces, document, now, due, knobs.ends_as)
        return feed_id

    def find(self, feed_id: str) -> dict[str, Any]:
        """Raises Refusal (404)."""
        self._process_due()
        if feed_id not in self.feeds:
            raise Refusal(404, "NotFound", "Requested resource is not found.")
        return _view(self.feeds[feed_id], self.clock.now())

    def since(self, moment: datetime | None) -> list[dict[str, Any]]:
        self._process_due()
        chosen = [feed for feed in self.feeds.values() if moment is None or feed.created >= moment]
        return [_view(feed, self.clock.now()) for feed in reversed(chosen)]

    def _known(self, document: str) -> bytes | None:
        if document not in self.documents:
            raise Refusal(404, "NotFound", "Requested resource is not found.")
        return self.documents[document]

    def _new_document(self, content: bytes | None) -> str:
        name = f"amzn1.tortuga.4.na.{self.dice.randrange(10**15)}"
        self.documents[name] = content
        return name

    def _process_due(self) -> None:
        for feed in self.feeds.values():
            if not feed.is_over and feed.due <= self.clock.now():
                feed.is_over = True
                if feed.ends_as == "DONE":
                    feed.result = self._new_document(self._acknowledge(self.documents[feed.document] or b""))

    def _acknowledge(self, content: bytes) -> bytes:
        """Cancel each order that can be cancelled; the processing report names the others."""
        wrong: list[tuple[str, str, str, str]] = []
        messages = list(ElementTree.fromstring(content).iter("Message"))  # noqa: S314 - our own caller's
        for message in messages:
            order_id = message.findtext("OrderAcknowledgement/AmazonOrderID") or ""
            if trouble := self._cancel(order_id, message):
                wrong.append((message.findtext("MessageID") or "0", order_id, *trouble))
        return _report(len(messages), wrong)

    def _cancel(self, order_id: str, message: ElementTree.Element) -> tuple[str, str] | None:
        order = self.seller.orders.get(order_id)
        named = {item.findtext("AmazonOrderItemCode") for item in message.iter("Item")}
        if order is None or message.findtext("OrderAcknowledgement/StatusCode") != "Failure":
            return "18030", "The order ID does not belong to this seller."
        if named != {item.item_id for item in order.items}:
            return "18031", "The order items do not match the order."
        if not self.seller.cancel(order_id, by="MERCHANT"):
            return "18028", "The order cannot be cancelled: it has shipped or was cancelled before."
        return None


def _view(feed: Feed, now: datetime) -> dict[str, Any]:
    status = feed.ends_as if feed.is_over else "IN_QUEUE" if feed.created == now else "IN_PROGRESS"
    seen = {
        "feedId": feed.feed_id,
        "feedType": feed.kind,
        "marketplaceIds": feed.marketplaces,
        "createdTime": iso_seconds(feed.created),
        "processingStatus": status,
    }
    if feed.is_over:
        seen |= {"processingStartTime": iso_seconds(feed.created), "processingEndTime": iso_seconds(feed.due)}
    return seen | ({"resultFeedDocumentId": feed.result} if feed.result else {})


def _report(processed: int, wrong: list[tuple[str, str, str, str]]) -> bytes:
    """As Amazon's processing reports are: what went well is only counted."""
    envelope = ElementTree.Element("AmazonEnvelope")
    _put(envelope, "MessageType", "ProcessingReport")
    message = ElementTree.SubElement(envelope, "Message")
    _put(message, "MessageID", "1")
    report = ElementTree.SubElement(message, "ProcessingReport")
    _put(report, "StatusCode", "Complete")
    summary = ElementTree.SubElement(report, "ProcessingSummary")
    _put(summary, "MessagesProcessed", str(processed))
    _put(summary, "MessagesSuccessful", str(processed - len(wrong)))
    _put(summary, "MessagesWithError", str(len(wrong)))
    _put(summary, "MessagesWithWarning", "0")
    for number, order_id, code, why in wrong:
        result = ElementTree.SubElement(report, "Result")
        _put(result, "MessageID", number)
        _put(result, "ResultCode", "Error")
        _put(result, "ResultMessageCode", code)
        _put(result, "ResultDescription", why)
        _put(ElementTree.SubElement(result, "AdditionalInfo"), "AmazonOrderID", order_id)
    return bytes(ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True))


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
