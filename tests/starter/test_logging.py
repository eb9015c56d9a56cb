"""What a log line may hold: texts that orderloom wrote, and of other errors only the type and the place."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import BaseModel

from orderloom.domain.errors import StockMoved
from starter.logging import configure_logging

STREET = "12 Main Street"


class Addressed(BaseModel):
    street: int


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("INFO", as_json=True, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def written(lines: io.StringIO) -> dict[str, str]:
    return dict(json.loads(lines.getvalue()))


def test_a_librarys_error_is_logged_without_the_value_it_quotes(lines: io.StringIO) -> None:
    try:
        Addressed.model_validate({"street": STREET})
    except ValueError:
        structlog.get_logger("test").exception("it failed", order="shopify:kitchen:1")
    entry = written(lines)
    assert (entry["event"], entry["order"]) == ("it failed", "shopify:kitchen:1")
    assert entry["failure"].startswith("ValidationError at ")
    assert STREET not in lines.getvalue()


def test_the_standard_librarys_records_go_the_same_way(lines: io.StringIO) -> None:
    try:
        raise KeyError(STREET)
    except KeyError:
        logging.getLogger("temporalio.activity").warning("Completing activity as failed", exc_info=True)
    assert written(lines)["failure"].startswith("KeyError at ")
    assert STREET not in lines.getvalue()


def test_an_error_of_orderloom_keeps_its_text_and_its_cause_its_type(lines: io.StringIO) -> None:
    try:
        try:
            raise KeyError(STREET)
        except KeyError as cause:
            raise StockMoved("PAN-1", "own_warehouse") from cause
    except StockMoved:
        structlog.get_logger("test").exception("it failed")
    failure = written(lines)["failure"]
    assert failure.startswith("StockMoved (PAN-1 at own_warehouse was taken")
    assert "<- KeyError at" in failure
    assert STREET not in failure


def test_addresses_of_requests_are_not_logged(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://shop/orders?email=ana@example.com")
    assert lines.getvalue() == ""
