"""What a new reading of an order has brought, for its timeline; and what events said that no reading shows."""

from activities.books import Books, Channels
from orderloom.domain.cancellations import CancellationState
from orderloom.domain.editing import units_added, what_changed
from orderloom.domain.events import MOVED
from orderloom.domain.orders import ChannelState, Order, OrderReading


def with_moves(books: Books, channels: Channels, order: Order) -> Order:
    """What the channel announced as moved is somebody's choice, also where no reading showed where it was before."""
    if not order.assigned:
        return order
    moved = {channels.client(order.key).moved_part(event.body) for event in books.events.of_topic(order.key, MOVED)}
    marked = tuple(one.model_copy(update={"chosen": True}) if one.part in moved else one for one in order.assigned)
    return order.model_copy(update={"assigned": marked})


def tell_changes(books: Books, channels: Channels, event_id: str, before: Order | None, after: Order) -> None:
    key = after.key
    if before and after.buyer_asks_to_cancel and not before.buyer_asks_to_cancel:
        books.note(key, "buyer_asks", "the buyer asks to cancel", once="buyer_asks")
    changed = what_changed(before.lines, after.lines) if before else ""
    if before and changed and not _is_of_a_cancellation(books, before, after):
        books.note(key, "edited", f"edited at its channel: {changed}", once=f"edited:{event_id}")
    choice = channels.choice(after)
    if choice.digest and (before is None or choice.digest != channels.choice(before).digest):
        books.note(key, "moved", choice.in_words(), once=f"moved:{event_id}")


def _is_of_a_cancellation(books: Books, before: Order, after: Order) -> bool:
    """A cancelled order has no units any more, and nobody edited it.

    The echo of our own may show them gone before it says that it is cancelled (a shop refunds in a step of its own).
    """
    if after.state is ChannelState.CANCELLED:
        return True
    told = books.cancellations.find(after.key)
    was_told = told is not None and told.state is not CancellationState.REJECTED
    return was_told and not units_added(before.lines, after.lines)


def tell_gaps(books: Books, reading: OrderReading) -> None:
    """What of the order stays unknown, although its channel has it."""
    key = reading.order.key
    for part in reading.not_read:
        text = f"its {part} cannot be read: a scope is missing; `orderloom doctor` says which"
        books.note(key, "not_read", text, once=f"not_read:{part}")
    for part in reading.cut_off:
        text = f"it has more {part} than its channel shows at once: what is beyond is not known here, look there"
        books.note(key, "cut_off", text, once=f"cut_off:{part}")
