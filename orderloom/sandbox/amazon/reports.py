"""Reports 2021-06-30 of one seller, of one kind: the returns to its own warehouses, by the day they were asked for."""

import gzip
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from orderloom.sandbox.amazon.orders import AmazonItem, AmazonOrder, AmazonSeller
from orderloom.sandbox.amazon.refusals import Refusal, invalid_input
from orderloom.sandbox.clock import Clock, iso_seconds
from orderloom.sandbox.knobs import Fate, ReportKnobs
from orderloom.sandbox.order_wishes import AmazonReturnWish

RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
LONGEST = timedelta(days=60)
COLUMNS = (
    *("Order ID", "Order date", "Return request date", "Return request status", "Amazon RMA ID", "Merchant RMA ID"),
    *("Label type", "Label cost", "Currency code", "Return carrier", "Tracking ID", "Label to be paid by"),
    *("A-to-Z Claim", "Is prime", "ASIN", "Merchant SKU", "Item Name", "Return quantity", "Return Reason"),
    *("In policy", "Return type", "Resolution", "Invoice number", "Return delivery date", "Order Amount"),
    *("Order quantity", "SafeT Action reason", "SafeT claim id", "SafeT claim state", "SafeT claim creation time"),
    *("SafeT claim reimbursement amount", "Refunded Amount"),
)
"""As developer-docs ("Returns Reports") lists them."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class AskedReturn:
    rma: str
    order: AmazonOrder
    item: AmazonItem
    wish: AmazonReturnWish
    asked_at: datetime
    back_at: datetime | None = None


@dataclass
class Report:
    report_id: str
    marketplaces: list[str]
    since: datetime
    until: datetime
    created: datetime
    due: datetime
    knobs: ReportKnobs
    status: str = "IN_QUEUE"
    document: str | None = None


@dataclass
class Reports:
    """A report is made when somebody looks after it is due: it tells what was so by then."""

    seller: AmazonSeller
    clock: Clock
    fate: Fate
    dice: Random
    returns: list[AskedReturn] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)
    documents: dict[str, tuple[bytes, ReportKnobs]] = field(default_factory=dict)

    def ask_return(self, order_id: str, wish: AmazonReturnWish) -> str:
        """Raises Refusal where the order has no such line."""
        order = self.seller.find(order_id)
        item = next((item for item in order.items if item.sku == wish.sku), None)
        if item is None:
            raise invalid_input(f"the order has no line of {wish.sku}")
        rma = f"D{self.dice.randrange(10**8, 10**9)}RRMA"
        self.returns.append(AskedReturn(rma, order, item, wish, self.clock.now()))
        return rma

    def receive(self, rma: str) -> None:
        """Raises Refusal (404)."""
        found = next((each for each in self.returns if each.rma == rma), None)
        if found is None:
            raise Refusal(404, "NotFound", "There is no such return.")
        found.back_at = self.clock.now()

    def create(self, asked: dict[str, Any]) -> str:
        marketplaces = asked.get("marketplaceIds")
        if asked.get("reportType") != RETURNS:
            raise invalid_input("reportType is none that the sandbox makes.")
        if not isinstance(marketplaces, list) or not marketplaces:
            raise invalid_input("marketplaceIds is required.")
        now = self.clock.now()
        since, until = _moment(asked, "dataStartTime"), _moment(asked, "dataEndTime")
        if not since < until or until - since > LONGEST:
            raise invalid_input("dataStartTime and dataEndTime must span 60 days at most.")
        knobs, number = self.fate.knobs.reports, str(self.dice.randrange(10**10, 10**11))
        due = now + timedelta(seconds=knobs.seconds)
        self.reports[number] = Report(number, marketplaces, since, until, now, due, knobs)
        return number

    def find(self, report_id: str) -> dict[str, Any]:
        """Raises Refusal (404)."""
        self._make_due()
        if report_id not in self.reports:
            raise Refusal(404, "NotFound", "Requested resource is not found.")
        return _view(self.reports[report_id])

    def made_since(self, moment: datetime | None) -> list[dict[str, Any]]:
        self._make_due()
        chosen = [report for report in self.reports.values() if moment is None or report.created >= moment]
        return [_view(report) for report in reversed(chosen)]

    def document(self, name: str) -> tuple[bytes, ReportKnobs]:
        """Raises Refusal (404)."""
        if name not in self.documents:
            raise Refusal(404, "NotFound", "Requested resource is not found.")
        return self.documents[name]

    def _make_due(self) -> None:
        now = self.clock.now()
        for report in self.reports.values():
            if report.due <= now and report.status in ("IN_QUEUE", "IN_PROGRESS"):
                self._make(report)
            elif report.created < now and report.status == "IN_QUEUE":
                report.status = "IN_PROGRESS"

    def _make(self, report: Report) -> None:
        chosen = [
            each
            for each in self.returns
            if report.since <= each.asked_at < report.until and each.order.marketplace in report.marketplaces
        ]
        if not chosen:
            report.status = "CANCELLED"
            return
        report.status = report.knobs.ends_as
        if report.status == "DONE":
            report.document = f"amzn1.spdoc.1.4.na.{self.dice.randrange(10**15)}"
            self.documents[report.document] = _written(chosen, report.knobs), report.knobs


def _moment(asked: dict[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(asked.get(name)))
    except ValueError:
        raise invalid_input(f"{name} is not a valid ISO 8601 date.") from None
    if moment.tzinfo is None:
        raise invalid_input(f"{name} needs an offset.")
    return moment


def _view(report: Report) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "reportId": report.report_id,
        "reportType": RETURNS,
        "marketplaceIds": report.marketplaces,
        "dataStartTime": iso_seconds(report.since),
        "dataEndTime": iso_seconds(report.until),
        "createdTime": iso_seconds(report.created),
        "processingStatus": report.status,
    }
    if report.status in ("DONE", "FATAL", "CANCELLED"):
        seen |= {"processingStartTime": iso_seconds(report.created), "processingEndTime": iso_seconds(report.due)}
    return seen | ({"reportDocumentId": report.document} if report.document else {})


def _written(returns: list[AskedReturn], knobs: ReportKnobs) -> bytes:
    lines = ["\t".join(COLUMNS), *(_row(each) for each in returns)]
    lines += ["\t".join(_row(returns[-1]).split("\t")[:4]) + str(number) for number in range(knobs.damaged_rows)]
    content = ("\n".join(lines) + "\n").encode(knobs.charset)
    return gzip.compress(content) if knobs.gzipped else content


def _row(each: AskedReturn) -> str:
    total = each.item.unit_price * each.wish.quantity
    cells = {
        "Order ID": each.order.order_id,
        "Order date": _day(each.order.created),
        "Return request date": _day(each.asked_at),
        "Return request status": each.wish.status,
        "Amazon RMA ID": each.rma,
        "Label type": "AmazonPrePaidLabel",
        "Currency code": "USD",
        "Return carrier": "UPS",
        "A-to-Z Claim": "N",
        "Is prime": "N",
        "ASIN": each.item.asin,
        "Merchant SKU": each.item.sku,
        "Item Name": each.item.title,
        "Return quantity": str(each.wish.quantity),
        "Return Reason": each.wish.reason,
        "In policy": "Y",
        "Return type": "C-Returns",
        "Resolution": "ReturnlessRefund" if each.wish.returnless else "StandardRefund",
        "Return delivery date": _day(each.back_at) if each.back_at else "",
        "Order Amount": f"{total}",
        "Order quantity": str(each.item.quantity),
        "Refunded Amount": f"{total}" if each.back_at else "",
    }
    return "\t".join(cells.get(name, "") for name in COLUMNS)


def _day(moment: datetime) -> str:
    """`29-Sep-2026`, in any locale."""
    return f"{moment.day:02d}-{_MONTHS[moment.month - 1]}-{moment.year}"
