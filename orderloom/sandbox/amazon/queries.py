"""Reading the query parameters of SP-API: lists, moments, whole numbers, pages."""

from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from orderloom.sandbox.amazon.refusals import invalid_input


def read_moment(query: QueryParams, name: str) -> datetime:
    """Raises Refusal (400)."""
    text = query[name]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_input(f"{name} is not a valid ISO 8601 date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_list(query: QueryParams, name: str, allowed: list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """Comma-separated or repeated values, as clients send lists; raises Refusal (400)."""
    values = tuple(part for text in query.getlist(name) for part in text.split(",") if part)
    wrong = [value for value in values if allowed is not None and value not in allowed]
    if wrong:
        raise invalid_input(f"{name} has a value that is not allowed.", f"Allowed: {', '.join(allowed or ())}")
    return values


def read_page_size(query: QueryParams, name: str, *, usual: int, most: int) -> int:
    """Raises Refusal (400)."""
    text = query.get(name, str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid_input(f"{name} must be between 1 and {most}.")
    return int(text)
