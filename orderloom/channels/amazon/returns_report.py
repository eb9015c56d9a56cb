"""The report of returns to the seller's own warehouses, by Reports 2021-06-30.

createReport takes one call a minute (burst 15) and has no key against doubling, so a report is looked for before it is
asked for. One report holds 60 days at most, by the day on which the buyer asked for the return; what came back weeks
later shows in the same row. So every report covers all 60 days, and what an earlier one told is recognised.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sp_api.api import Reports

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.errors import Operation
from orderloom.channels.amazon.return_rows import BadRow, ReturnRow, decoded, goods_of, read_rows
from orderloom.channels.amazon.sweep import as_iso
from orderloom.channels.wire import read_body
from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import OutcomeUnknown, Rejected, Unavailable
from orderloom.domain.events import RETURNS_REPORT, EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import AmazonAccount
from orderloom.domain.orders import Order
from orderloom.domain.returns_report import ReportWindow

REPORT_TYPE = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
_BASE = "/reports/2021-06-30"
_UNDER_WAY = ("IN_QUEUE", "IN_PROGRESS")
_NOTHING = "CANCELLED"
"""Amazon cancels a report by itself where it has no data."""
_DONE = "DONE"


class ReturnsReport:
    """Implements the port ReturnsChannel for one seller. Safe for many threads."""

    def __init__(self, partner: SellingPartner, account: AmazonAccount) -> None:
        self._partner = partner
        self._account = account

    def find(self, window: ReportWindow, made_since: datetime) -> str | None:
        found = [
            report
            for report in self._reports(made_since)
            if report.get("processingStatus") in (*_UNDER_WAY, _DONE, _NOTHING) and self._covers(report, window)
        ]
        newest = max(found, key=lambda report: str(report.get("createdTime", "")), default=None)
        return str(newest["reportId"]) if newest else None

    def ask(self, window: ReportWindow) -> str:
        body = {
            "reportType": REPORT_TYPE,
            "marketplaceIds": list(self._account.marketplaces),
            "dataStartTime": as_iso(window.since),
            "dataEndTime": as_iso(window.until),
        }
        report = self._call(errors.CREATE_REPORT, "POST", f"{_BASE}/reports", body).get("reportId")
        if not report:
            raise OutcomeUnknown(self._partner.system, "createReport answered without a report")
        return str(report)

    def read(self, report: str) -> Sequence[NewEvent] | None:
        found = self._call(errors.GET_REPORT, "GET", f"{_BASE}/reports/{report}", {})
        status, document = found.get("processingStatus"), found.get("reportDocumentId")
        if status in _UNDER_WAY:
            return None
        if status == _NOTHING:
            return ()
        if status != _DONE:
            raise Rejected(self._partner.system, str(status), f"Amazon could not make the report of returns {report}")
        if not document:
            raise Unavailable(self._partner.system, f"report {report} is done and has no document")
        place = self._call(errors.GET_REPORT_DOCUMENT, "GET", f"{_BASE}/documents/{document}", {})
        content, charset = self._partner.document(
            str(place.get("url", "")), gzipped=bool(place.get("compressionAlgorithm"))
        )
        received_at = datetime.now(UTC)
        return tuple(self._event(row, received_at) for row in read_rows(decoded(content, charset)))

    def check_access(self) -> None:
        """One getReports call. Raises AccessDenied where the app lacks the role."""
        self._reports(datetime.now(UTC))

    def _reports(self, made_since: datetime) -> list[dict[str, Any]]:
        query = {"reportTypes": REPORT_TYPE, "createdSince": as_iso(made_since), "pageSize": 100}
        reports = self._call(errors.GET_REPORTS, "GET", f"{_BASE}/reports", query).get("reports") or []
        return [report for report in reports if isinstance(report, dict) and report.get("reportId")]

    def _covers(self, report: Mapping[str, Any], window: ReportWindow) -> bool:
        try:
            since = datetime.fromisoformat(str(report.get("dataStartTime")))
            until = datetime.fromisoformat(str(report.get("dataEndTime")))
        except ValueError:
            return False
        if since.tzinfo is None or until.tzinfo is None or since > window.since or until < window.until:
            return False
        return set(self._account.marketplaces) <= set(report.get("marketplaceIds") or ())

    def _event(self, row: ReturnRow | BadRow, received_at: datetime) -> NewEvent:
        common: dict[str, Any] = {
            "origin": self._partner.system,
            "topic": RETURNS_REPORT,
            "source": EventSource.SWEEP,
            "received_at": received_at,
        }
        if isinstance(row, BadRow):
            digest = hashlib.sha256(row.text.encode()).hexdigest()
            body = json.dumps({"row": row.text}).encode()
            return NewEvent(
                **common, delivery_id=f"row:{digest}", body=body, state=EventState.UNREADABLE, detail=str(row)
            )
        return NewEvent(
            **common,
            # What was asked for is told once, and once more when it is back.
            delivery_id=f"{row.identity}:asked" if row.not_back else row.identity,
            body=row.model_dump_json().encode(),
            order_key=OrderKey(channel=Channel.AMAZON, account=self._account.account, order_id=row.order_id),
            state=EventState.KEPT if row.not_back else EventState.STORED,
            detail=f"return of {row.quantity}: {row.not_back}" if row.not_back else "",
        )

    def _call(self, operation: Operation, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        # The library's own methods download without a timeout, and add a marketplace to what is asked.
        given = {"params" if method == "GET" else "data": {**content, "method": method}}
        payload = self._partner.call(
            Reports, operation, lambda client: client._request(path, **given, add_marketplace=False)
        ).payload
        return payload if isinstance(payload, dict) else {}


def read_return(body: bytes, order: Order) -> tuple[GoodsBack, ...]:
    """Read one stored row. Pure; raises UnreadableEvent."""
    return goods_of(read_body(ReturnRow, body), order)
