"""Logs of the starter and the worker: one line an event, never a body, a header or anything personal.

Log what happened and which key it concerns (`log.info("order held", order=str(key), reason=...)`). The text of an
exception is printed only for the errors of orderloom, which promise to hold no personal data: a library's error may
quote the very row or body it failed on. Its type and the places it passed through are printed for all.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from orderloom.domain.errors import OrderloomError

CHATTY = {"httpx": logging.WARNING, "httpcore": logging.WARNING, "uvicorn.access": logging.WARNING}
"""Loggers that print a line per request, with its address."""


def configure_logging(level: str = "INFO", *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's records through the same processors to `stream` (stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_exception_texts,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(as_json)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, quieter in CHATTY.items():
        logging.getLogger(name).setLevel(max(quieter, root.level))


def without_exception_texts(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by types and places; texts only where orderloom wrote them."""
    given = event.pop("exc_info", None)
    if isinstance(given, tuple):
        failure = given[1]
    elif isinstance(given, BaseException):
        failure = given
    else:
        failure = sys.exc_info()[1] if given else None
    if failure is not None:
        event["failure"] = " <- ".join(describe(link) for link in _chain(failure))
    return event


def describe(failure: BaseException) -> str:
    """`StockMoved (text) at orderloom/storage/ledger.py:81`; the text only of an error of orderloom."""
    text = f" ({failure})" if isinstance(failure, OrderloomError) else ""
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(failure).__name__}{text}{place}"


def _chain(failure: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = failure
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _renderer(as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
