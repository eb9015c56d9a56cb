"""One order's story, for people to read at the terminal."""

from collections.abc import Iterator
from textwrap import fill

from orderloom.domain.orders import Order, OrderStatus
from orderloom.domain.records import OrderStory
from starter.cli.output import WIDTH, print_line, print_table

AT = "%Y-%m-%d %H:%M:%S"


def print_story(story: OrderStory) -> None:
    for line in _head(story):
        print_line(line)
    _print_lines(story)
    _print_decision(story)
    _print_shipments(story)
    print_line("\nTimeline (UTC)")
    rows = [(f"{entry.at:{AT}}", entry.what, entry.text) for entry in story.timeline]
    print_table(("At", "What", "Text"), rows, nothing="nothing happened yet")


def _head(story: OrderStory) -> Iterator[str]:
    record, order = story.record, story.record.order
    yield f"{order.key}  {order.name}  {record.status.value}"
    if order.story_reason:
        yield f"  {order.story.value}: {order.story_reason}"
    if record.hold:
        yield f"  held: {record.hold.detail}"
        yield f"  to do: {record.hold.fix}"
    if record.status is OrderStatus.WAITING and story.decision and story.decision.backorder_until:
        yield f"  a backorder: waits for stock until {story.decision.backorder_until:{AT}} UTC"
    yield f"  placed {order.placed_at:{AT}}, arrived {record.arrived_at:{AT}} UTC, to {_destination(order)}"
    if order.ship_by.latest:
        yield f"  ship by {order.ship_by.latest:{AT}} UTC, {order.service_level or 'service level unknown'}"
    if order.total:
        yield f"  total {order.total.amount} {order.total.currency}"


def _destination(order: Order) -> str:
    place = order.destination
    return ", ".join(filter(None, (place.region, place.country))) or "an unknown place"


def _print_lines(story: OrderStory) -> None:
    print_line("\nLines")
    held = {(line.line_id, line.sku): line for line in story.reservation}
    rows: list[tuple[object, ...]] = []
    for line in story.record.order.lines:
        for part in line.components or ():
            stock = held.get((line.line_id, part.sku))
            numbers = (stock.reserved, stock.short) if stock else ("", "")
            rows.append((line.listing, line.title, line.quantity, f"{part.units} x {part.sku}", *numbers))
        if line.components is None:
            rows.append((line.listing, line.title, line.quantity, "not mapped" if line.needs_stock else "", "", ""))
    columns = ("Listing", "Title", "Qty", "SKU", "Reserved", "Short")
    print_table(columns, rows, nothing="no lines", right=("Qty", "Reserved", "Short"))


def _print_decision(story: OrderStory) -> None:
    decision = story.decision
    if decision is None:
        return
    sentence, *reasons = decision.in_words()
    print_line("")
    for line in (f"Route: {sentence}", *(f"  {reason}" for reason in reasons)):
        print_line(fill(line, WIDTH, subsequent_indent="    "))


def _print_shipments(story: OrderStory) -> None:
    if story.shipments:
        print_line("\nShipments")
        rows = [(s.number, s.node, s.state.value, s.dispatch_id, s.reason) for s in story.shipments]
        print_table(("#", "Node", "State", "Dispatch id", "Reason"), rows, nothing="", right=("#",))
    if story.packages:
        print_line("\nPackages")
        packages = [
            (
                p.number,
                p.package.carrier,
                p.package.tracking_number,
                f"{p.package.shipped_at:{AT}}",
                f"{p.confirmed_at:{AT}}" if p.confirmed_at else "not yet",
            )
            for p in story.packages
        ]
        print_table(("#", "Carrier", "Tracking number", "Shipped", "Confirmed"), packages, nothing="", right=("#",))
