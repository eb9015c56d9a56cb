"""The rows of GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE: what sellers' own warehouses get back, tab-separated.

Amazon documents the columns' names (developer-docs, "Returns Reports"), not the form of their values. Dates come as
`29-Sep-2026`, a day and no time; a row tells of a return that was asked for, and has a delivery date once the parcel
came back. So a row without that date is no goods yet, and neither is one that was refused or needs no return.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from pydantic import PositiveInt

from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.model import Frozen
from orderloom.domain.orders import Order

COLUMNS = {
    "order_id": ("order id", "amazon order id"),
    "sku": ("merchant sku", "seller sku", "sku"),
    "quantity": ("return quantity", "quantity"),
    "asked_on": ("return request date", "return date"),
    "back_on": ("return delivery date",),
    "status": ("return request status",),
    "reason": ("return reason", "return reason code"),
    "resolution": ("resolution",),
    "rma": ("amazon rma id",),
}
"""Our name of each column that is read, and how its header may be written, in any case and with any separator."""
_NEEDED = ("order_id", "sku", "quantity", "asked_on", "back_on")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(r"^(\d{1,2})-([A-Za-z]{3})-(\d{4})$")
_ORDER_ID = re.compile(r"^\d{3}-\d{7}-\d{7}$")
_CODE = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_NO_RETURN = ("reject", "cancel", "denied", "decline")
_WHOLE = re.compile(r"^[0-9]{1,6}$")


class ReturnRow(Frozen):
    """What is kept of a row: no title, no address, no invoice."""

    order_id: str
    sku: str
    quantity: PositiveInt
    asked_on: date
    back_on: date | None = None
    status: str = ""
    reason: str = ""
    resolution: str = ""
    rma: str = ""
    occurrence: PositiveInt = 1
    """Which of several rows that say the same: each is a parcel of its own."""

    @property
    def identity(self) -> str:
        """The same in every report that has this row, also once its goods are back."""
        parts = (self.order_id, self.sku, self.rma, self.asked_on, self.quantity, self.occurrence)
        return hashlib.sha256("\t".join(map(str, parts)).encode()).hexdigest()[:32]

    @property
    def not_back(self) -> str:
        """Why nothing came back by this row; "" where it did."""
        if any(word in self.status.casefold() for word in _NO_RETURN):
            return "the return was refused or withdrawn"
        if "returnless" in self.resolution.casefold().replace(" ", ""):
            return "the buyer keeps it"
        return "" if self.back_on else "asked for, not back yet"


class BadRow(Frozen):
    """A row that nobody can take in. `line` counts from 1, the header's."""

    line: PositiveInt
    field: str
    why: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.why}"


def decoded(document: bytes, charset: str | None) -> str:
    """By the charset it came with, else UTF-8, else what Amazon's western marketplaces write. Never fails."""
    japanese = {"windows-31j": "cp932", "shift_jis": "cp932"}
    named = japanese.get((charset or "").casefold(), charset)
    for encoding in (*([named] if named else []), "utf-8-sig"):
        try:
            return document.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return document.decode("cp1252", errors="replace")


def read_rows(text: str) -> Iterator[ReturnRow | BadRow]:
    """Every row for itself: a bad one never costs its neighbours. A header that lacks a column costs them all."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header = [_plain(name) for name in lines[0].split("\t")]
    places = {ours: header.index(name) for ours, names in COLUMNS.items() for name in reversed(names) if name in header}
    if missing := [COLUMNS[name][0] for name in _NEEDED if name not in places]:
        yield BadRow(line=1, field="header", why=f"has no column {', '.join(map(repr, missing))}", text=lines[0])
        return
    seen: Counter[str] = Counter()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        try:
            row = _row(cells, places, len(header))
        except UnreadableEvent as unreadable:
            yield BadRow(line=number, field=unreadable.field, why=unreadable.why, text=line)
            continue
        seen[row.identity] += 1
        yield row.model_copy(update={"occurrence": seen[row.identity]})


def goods_of(row: ReturnRow, order: Order) -> tuple[GoodsBack, ...]:
    """What came back, by the order's lines. Raises UnreadableEvent where the order has no such line or fewer units."""
    if row.not_back or row.back_on is None:
        return ()
    lines = [line for line in order.lines if line.listing == row.sku and line.quantity]
    if not lines:
        raise UnreadableEvent("Merchant SKU", "is of no line of its order")
    left, goods = row.quantity, []
    for line in lines:
        units = min(left, line.quantity)
        if units:
            goods.append(_goods(row, row.back_on, line.line_id, units))
        left -= units
    if left:
        raise UnreadableEvent("Return quantity", "is more than the order has")
    return tuple(goods)


def _goods(row: ReturnRow, back_on: date, line_id: str, units: int) -> GoodsBack:
    return GoodsBack(
        change_id=f"return:{row.identity}:{line_id}",
        line_id=line_id,
        quantity=units,
        reason=row.reason,
        at=datetime(back_on.year, back_on.month, back_on.day, tzinfo=UTC),
    )


def _row(cells: Sequence[str], places: dict[str, int], width: int) -> ReturnRow:
    if len(cells) < width and max(places.values()) >= len(cells):
        raise UnreadableEvent("row", f"has {len(cells)} of {width} cells")
    if any(cell.strip() for cell in cells[width:]):
        raise UnreadableEvent("row", f"has {len(cells)} cells for {width} columns")
    found = {name: cells[place].replace("\x00", "").strip().strip('"') for name, place in places.items()}
    if not _ORDER_ID.match(found["order_id"]):
        raise UnreadableEvent("Order ID", "is no order of Amazon's, e.g. 111-1234567-7654321")
    if not found["sku"]:
        raise UnreadableEvent("Merchant SKU", "is missing")
    asked_on = _day("Return request date", found["asked_on"])
    if asked_on is None:
        raise UnreadableEvent("Return request date", "is missing")
    reason = found.get("reason", "")
    return ReturnRow(
        order_id=found["order_id"],
        sku=found["sku"],
        quantity=_units(found["quantity"]),
        asked_on=asked_on,
        back_on=_day("Return delivery date", found["back_on"]),
        status=found.get("status", ""),
        # A code word; what a person may have written there is not kept.
        reason=reason if _CODE.match(reason) else "",
        resolution=found.get("resolution", ""),
        rma=found.get("rma", ""),
    )


def _plain(name: str) -> str:
    return " ".join(re.split(r"[^a-z0-9]+", name.casefold().strip().strip('"'))).strip()


def _units(text: str) -> int:
    if not (_WHOLE.match(text) and int(text)):
        raise UnreadableEvent("Return quantity", "is no whole number above 0")
    return int(text)


def _day(column: str, text: str) -> date | None:
    """`29-Sep-2026` or ISO 8601; None where it is empty."""
    if not text:
        return None
    named = _DAY.match(text)
    try:
        if named and named[2].casefold() in _MONTHS:
            return date(int(named[3]), _MONTHS.index(named[2].casefold()) + 1, int(named[1]))
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise UnreadableEvent(column, "is no date, e.g. 29-Sep-2026") from None
