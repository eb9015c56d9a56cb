"""The report of returns, row by row: every good one is taken, every bad one is named, none costs its neighbours."""

from datetime import UTC, date, datetime

import pytest

from orderloom.channels.amazon.return_rows import COLUMNS, BadRow, ReturnRow, decoded, goods_of, read_rows
from orderloom.channels.amazon.returns_report import read_return
from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.orders import Order, OrderLine
from tests.domain.orders import an_order

ORDER = "111-1234567-7654321"
GOOD = {
    "Order ID": ORDER,
    "Return request date": "29-Sep-2026",
    "Return request status": "Approved",
    "Amazon RMA ID": "D1RRMA",
    "Merchant SKU": "PAN-28",
    "Item Name": 'Pan, 11" "cast iron"',
    "Return quantity": "2",
    "Return Reason": "CR-DEFECTIVE",
    "Resolution": "StandardRefund",
    "Return delivery date": "06-Oct-2026",
}


def report(*rows: dict[str, str] | str, header: list[str] | None = None) -> str:
    names = list(GOOD)
    written = [row if isinstance(row, str) else "\t".join(row.get(name, "") for name in names) for row in rows]
    return "\n".join(["\t".join(header or names), *written, ""])


def read(*rows: dict[str, str] | str, header: list[str] | None = None) -> list[ReturnRow | BadRow]:
    return list(read_rows(report(*rows, header=header)))


def good(**changes: str) -> ReturnRow:
    (row,) = read({**GOOD, **{name.replace("_", " "): text for name, text in changes.items()}})
    assert isinstance(row, ReturnRow)
    return row


def an_order_of(*lines: tuple[str, str, int]) -> Order:
    sold = tuple(OrderLine(line_id=line_id, listing=sku, quantity=units) for line_id, sku, units in lines)
    return an_order().model_copy(update={"lines": sold})


def test_a_row_that_came_back_is_goods_of_its_line() -> None:
    row = good()
    assert (row.asked_on, row.back_on, row.quantity, row.not_back) == (date(2026, 9, 29), date(2026, 10, 6), 2, "")
    (goods,) = goods_of(row, an_order_of(("7", "POT", 1), ("8", "PAN-28", 3)))
    assert goods == GoodsBack(
        change_id=f"return:{row.identity}:8",
        line_id="8",
        quantity=2,
        reason="CR-DEFECTIVE",
        at=datetime(2026, 10, 6, tzinfo=UTC),
    )


def test_a_stored_row_reads_back_as_it_was() -> None:
    (goods,) = read_return(good().model_dump_json().encode(), an_order_of(("8", "PAN-28", 3)))
    assert (goods.line_id, goods.quantity) == ("8", 2)
    with pytest.raises(UnreadableEvent):
        read_return(b'{"purged": true}', an_order_of(("8", "PAN-28", 3)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Return_delivery_date": ""}, "not back yet"),
        ({"Return_request_status": "Rejected"}, "refused"),
        ({"Return_request_status": "CancelledByCustomer"}, "withdrawn"),
        ({"Resolution": "ReturnlessRefund"}, "keeps it"),
    ],
)
def test_what_did_not_come_back_is_no_goods(changes: dict[str, str], why: str) -> None:
    row = good(**changes)
    assert why in row.not_back
    assert goods_of(row, an_order_of(("8", "PAN-28", 3))) == ()


def test_a_row_is_the_same_row_once_it_is_back_and_two_alike_are_two() -> None:
    waiting = good(Return_delivery_date="", Return_request_status="PendingApproval")
    assert waiting.identity == good().identity
    assert good(Amazon_RMA_ID="D2RRMA").identity != good().identity
    first, second = read(GOOD, GOOD)
    assert isinstance(first, ReturnRow)
    assert isinstance(second, ReturnRow)
    assert first.identity != second.identity
    assert first.identity == good().identity


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        ({**GOOD, "Order ID": "S02-1"}, "Order ID", "no order of Amazon's"),
        ({**GOOD, "Merchant SKU": " "}, "Merchant SKU", "is missing"),
        ({**GOOD, "Return quantity": "0"}, "Return quantity", "above 0"),
        ({**GOOD, "Return quantity": "²"}, "Return quantity", "no whole number"),
        ({**GOOD, "Return quantity": "9" * 5000}, "Return quantity", "no whole number"),
        ({**GOOD, "Return request date": ""}, "Return request date", "is missing"),
        ({**GOOD, "Return delivery date": "31-Feb-2026"}, "Return delivery date", "is no date"),
        ({**GOOD, "Return delivery date": "yesterday"}, "Return delivery date", "is no date"),
        ("111-1234567-7654321\t29-Sep", "row", "has 2 of 10 cells"),
        ("\t".join([*GOOD.values(), "more"]), "row", "11 cells for 10 columns"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field_and_its_neighbours_are_taken(
    row: dict[str, str] | str, field: str, why: str
) -> None:
    first, bad, last = read(GOOD, row, {**GOOD, "Amazon RMA ID": "D2RRMA"})
    assert isinstance(first, ReturnRow)
    assert isinstance(last, ReturnRow)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.field) == (3, field)
    assert why in str(bad)


def test_headers_are_found_in_any_case_order_and_separator() -> None:
    names = ["ORDER-ID", "return_request_date", *list(GOOD)[2:4], "\ufeffseller-sku".strip("\ufeff"), *list(GOOD)[5:]]
    (row,) = read(GOOD, header=names)
    assert isinstance(row, ReturnRow)
    assert row.sku == "PAN-28"
    mirrored = "\t".join(reversed(GOOD)) + "\r\n" + "\t".join(reversed(GOOD.values())) + "\r\n"
    assert list(read_rows(mirrored)) == read(GOOD)


def test_a_header_without_a_needed_column_says_which() -> None:
    (bad,) = read(GOOD, GOOD, header=["Order ID", *["?"] * 9])
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.field) == (1, "header")
    assert "'merchant sku'" in bad.why
    assert set(COLUMNS) >= {"order_id", "sku", "quantity", "asked_on", "back_on"}


def test_an_empty_report_has_no_rows() -> None:
    assert read() == []
    assert list(read_rows(report("", "  "))) == []


@pytest.mark.parametrize(
    ("written_in", "said"),
    [
        ("utf-8-sig", None),
        ("utf-8", "UTF-8"),
        ("cp1252", None),
        ("cp1252", "cp1252"),
        ("cp1252", "utf-8"),
        ("utf-8", "no-such-charset"),
    ],
)
def test_a_document_is_read_in_what_it_is_written_in(written_in: str, said: str | None) -> None:
    assert decoded("Order ID\tPfännchen é".encode(written_in), said) == "Order ID\tPfännchen é"


def test_japanese_documents_are_read_by_the_charset_they_name() -> None:
    assert decoded("商品名①".encode("cp932"), "Windows-31J") == "商品名①"


def test_units_of_one_sku_on_several_lines_fill_them_one_after_the_other() -> None:
    row = good(Return_quantity="3")
    goods = goods_of(row, an_order_of(("1", "PAN-28", 2), ("2", "PAN-28", 2)))
    assert [(each.line_id, each.quantity) for each in goods] == [("1", 2), ("2", 1)]
    assert len({each.change_id for each in goods}) == 2


@pytest.mark.parametrize(
    ("lines", "field"), [((("1", "POT", 2),), "Merchant SKU"), ((("1", "PAN-28", 1),), "Return quantity")]
)
def test_goods_that_the_order_does_not_have_are_called_out(lines: tuple[tuple[str, str, int], ...], field: str) -> None:
    with pytest.raises(UnreadableEvent) as unreadable:
        goods_of(good(), an_order_of(*lines))
    assert unreadable.value.field == field


def test_what_a_person_may_have_written_as_a_reason_is_not_kept() -> None:
    assert good(Return_Reason="please call me, Wilhelmina").reason == ""
