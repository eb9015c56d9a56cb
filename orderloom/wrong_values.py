"""What to write instead of a value that the configuration's models refuse, by pydantic's name of the fault."""

from typing import Any

_WORDS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "too_short": "must name at least {min_length}, e.g. `[a]`; this names {actual_length}",
    "too_long": "must name at most {max_length}",
    "string_too_short": "must be text of {min_length} characters or more",
    "string_too_long": "must be text of {max_length} characters or fewer",
    "tuple_type": "must be a list; write it in brackets, e.g. `[a, b]`",
    "list_type": "must be a list; write it in brackets, e.g. `[a, b]`",
    "frozen_set_type": "must be a list; write it in brackets, e.g. `[a, b]`",
    "dict_type": "must be a mapping; write `name: value` lines under it",
    "model_type": "must be a mapping; write `field: value` lines under it",
    "time_parsing": 'must be a time of day from "00:00" to "23:59", in quotes',
    "time_delta_parsing": "must be a length of time, e.g. PT15M or P1D",
    "time_delta_type": "must be a length of time, e.g. PT15M or P1D",
    "date_parsing": "must be a day, e.g. 2026-11-27",
    "date_from_datetime_parsing": "must be a day, e.g. 2026-11-27",
    "datetime_parsing": "must be a moment with its offset, e.g. 2026-11-27T09:00:00Z",
    "datetime_from_date_parsing": "must be a moment with its offset, e.g. 2026-11-27T09:00:00Z",
    "decimal_parsing": "must be a number, e.g. 12.50",
    "decimal_type": "must be a number, e.g. 12.50",
    "url_parsing": "must be an address, e.g. https://api.example.com/v1",
    "url_scheme": "must be an address, e.g. https://api.example.com/v1",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "int_parsing": "must be a whole number, e.g. 2",
    "int_type": "must be a whole number, e.g. 2",
    "int_from_float": "must be a whole number, e.g. 2",
    "float_parsing": "must be a number, e.g. 2.5",
    "float_type": "must be a number, e.g. 2.5",
    "bool_parsing": "must be `true` or `false`",
    "bool_type": "must be `true` or `false`",
}
_PATTERNS = {
    "^[A-Z]{3}$": "must be three capital letters, e.g. USD",
    "^(gid://shopify/Location/)?[0-9]+$": 'must be the number of a location, in quotes, e.g. "66100000001"',
    r"^https?://[^\s/]+/\S+$": "must be the queue's address, e.g. https://sqs.us-east-1.amazonaws.com/111122223333/orders",
    r"^[a-z]{2}(-[a-z]+)+-\d$": "must be a region of AWS, e.g. us-east-1",
    r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$": "must be the shop's own address, e.g. copper-kitchen.myshopify.com",
    "^[A-Z]{2}$": "must be two capital letters, e.g. US",
    "^[a-z][a-z0-9_]{0,30}$": "must be small letters, digits and _, and start with a letter, e.g. two_words",
}


def instead(error: Any) -> str | None:
    """The words for one of pydantic's errors; None for a kind that has none here."""
    context = error.get("ctx") or {}
    if error["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"])
    words = _WORDS.get(error["type"])
    return words.format(**context) if words else None
