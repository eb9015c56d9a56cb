"""Shopify's global ids: `gid://shopify/{kind}/{number}`."""


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_in(identifier: str, kind: str) -> int | None:
    """The number in `gid://shopify/{kind}/{number}`; None where it is the id of something else."""
    start = f"gid://shopify/{kind}/"
    rest = identifier.removeprefix(start)
    return int(rest) if identifier.startswith(start) and rest.isdecimal() else None
