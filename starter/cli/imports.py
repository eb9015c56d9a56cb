"""The CSV files that the commands import: SKU master, listings, counts, receipts."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.line_facts import GRAMS_PER_POUND
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.money import Money
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount, StockReceipt
from starter.cli.csvfile import Columns, Content, Row, read_csv
from starter.cli.output import complain

SKU_COLUMNS = Columns(
    ("sku",), ("title", "weight_lb", "weight_g", "cost", "currency", "categories", "barcode", "hazmat")
)
LISTING_COLUMNS = Columns(("channel", "account", "listing", "sku"), ("units",))
COUNT_COLUMNS = Columns(("sku", "node", "on_hand"))
RECEIPT_COLUMNS = Columns(("sku", "node", "quantity"))
SHOWN_PROBLEMS = 50


def read_masters(path: Path) -> Content[SkuMaster]:
    """`categories` are separated by semicolons; a weight is in pounds or in grams, an empty one is unknown."""
    content = read_csv(path, SKU_COLUMNS, _master)
    seen: set[str] = set()
    for row, master in content.rows:
        if master.sku in seen:
            content.refuse(row, "sku", f"{master.sku} is in this file twice")
        seen.add(master.sku)
    return content


def read_listings(path: Path, config: MerchantConfig) -> Content[Listing]:
    """Each row is one component; several rows of one listing form a bundle."""
    accounts = {(account.channel.value, account.account) for account in config.accounts}

    def parse(row: Row) -> Listing:
        channel, account, listing = row.required("channel").lower(), row.required("account"), row.required("listing")
        sku, units = row.required("sku"), row.count("units", least=1)
        if not row.problems and (channel, account) not in accounts:
            known = channel in set(Channel)
            row.complain("account" if known else "channel", f"the configuration has no account {channel}:{account}")
        if row.problems:
            # Kept without its component, so that the rest of its bundle is known to be broken.
            return Listing.model_construct(channel=channel, account=account, listing=listing, components=())
        part = Component(sku=sku, units=units or 1)
        return Listing(channel=channel, account=account, listing=listing, components=(part,))

    content = read_csv(path, LISTING_COLUMNS, parse)
    seen: set[tuple[str, ...]] = set()
    for row, listing in content.rows:
        part = (*_place(listing), *(component.sku for component in listing.components))
        if part in seen:
            content.refuse(row, "sku", f"is in listing {listing.listing} twice; give its units in one line")
        seen.add(part)
    return content


def bundles(content: Content[Listing]) -> list[Listing]:
    """The whole listings of the file. One with a bad line is left out: half a bundle would ship half."""
    broken = {_place(listing) for row, listing in content.rows if row.line in content.bad_lines}
    whole: dict[tuple[str, str, str], Listing] = {}
    for _, part in content.good:
        place = _place(part)
        if place in broken:
            continue
        known = whole.get(place)
        components = (*known.components, *part.components) if known else part.components
        whole[place] = part.model_copy(update={"components": components})
    return list(whole.values())


def read_counts(path: Path) -> Content[StockCount]:
    """Each row says how many units of a SKU are at a node now."""

    def parse(row: Row) -> StockCount | None:
        sku, node, on_hand = row.required("sku"), row.required("node"), _units(row, "on_hand", least=0)
        return None if row.problems or on_hand is None else StockCount(sku=sku, node=node, on_hand=on_hand)

    return read_csv(path, COUNT_COLUMNS, parse)


def read_receipts(path: Path) -> Content[StockReceipt]:
    """Each row says how many units of a SKU came in at a node; several rows of one place add up."""

    def parse(row: Row) -> StockReceipt | None:
        sku, node, quantity = row.required("sku"), row.required("node"), _units(row, "quantity", least=1)
        return None if row.problems or quantity is None else StockReceipt(sku=sku, node=node, quantity=quantity)

    return read_csv(path, RECEIPT_COLUMNS, parse)


def may_apply(content: Content[object], *, skip_bad: bool) -> bool:
    """Name every problem on stderr. True where the good rows may be applied."""
    in_order = sorted(content.problems, key=lambda problem: problem.line or 0)
    for problem in in_order[:SHOWN_PROBLEMS]:
        complain(str(problem))
    if len(content.problems) > SHOWN_PROBLEMS:
        complain(f"... and {len(content.problems) - SHOWN_PROBLEMS} more problems")
    return skip_bad or not content.problems


def refused(path: Path, content: Content[object]) -> InputInvalid:
    """Says how many lines could be applied, and how."""
    good, bad = len(content.good), len(content.bad_lines)
    rest = f"--skip-bad applies the other {good}" if good else "no line is good"
    return InputInvalid(str(path), None, "file", f"{bad} bad lines, nothing was applied; {rest}")


def _units(row: Row, name: str, *, least: int) -> int | None:
    units = row.count(name, least=least)
    if units is None and not (row.values.get(name) or "").strip():
        row.complain(name, "is empty")
    return units


def _master(row: Row) -> SkuMaster | None:
    sku = row.required("sku")
    weight, cost = _weight_grams(row), _cost(row)
    categories = tuple(filter(None, (part.strip() for part in (row.text("categories") or "").split(";"))))
    title, barcode, hazmat = row.text("title") or "", row.text("barcode"), row.yes_no("hazmat")
    if row.problems:
        return None
    return SkuMaster(
        sku=sku,
        title=title,
        weight_grams=weight,
        cost=cost,
        categories=categories,
        barcode=barcode,
        hazmat=hazmat,
    )


def _weight_grams(row: Row) -> int | None:
    """Whole grams, at least one. An empty weight is unknown; a zero is refused, as it would read as light."""
    pounds, grams = row.amount("weight_lb"), row.amount("weight_g")
    if pounds is not None and grams is not None:
        row.complain("weight_lb", "is given beside weight_g; give one of them")
        return None
    weight = pounds * Decimal(str(GRAMS_PER_POUND)) if pounds is not None else grams
    if weight is None:
        return None
    if weight == 0:
        row.complain("weight_lb" if pounds is not None else "weight_g", "is 0; leave it empty where it is unknown")
        return None
    return max(int(weight.to_integral_value(ROUND_HALF_UP)), 1)


def _cost(row: Row) -> Money | None:
    amount, currency = row.amount("cost"), row.text("currency")
    if amount is None:
        return None
    if currency is None or not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        row.complain("currency", "must name the currency of the cost, e.g. USD")
        return None
    cost = Money(amount=amount, currency=currency)
    try:
        return Money.from_minor_units(cost.minor_units, currency)
    except ValueError as finer:
        row.complain("cost", str(finer))
        return None


def _place(listing: Listing) -> tuple[str, str, str]:
    return listing.channel, listing.account, listing.listing
