"""Connects an Amazon account with its queue: what Amazon has is found, what is missing is made, each once.

Nothing is sent twice: whatever is made is looked for first, also after a call whose answer was lost, so the command may
be repeated. A subscription whose destination is gone sends nothing to anybody, and is made anew; one that goes to
another queue is named and left alone.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol, TypeVar

from orderloom.channels.amazon.notifications import NotificationKind
from orderloom.channels.amazon.queue import QueueFacts
from orderloom.channels.amazon.queue_policy import missing_actions, needed_policy
from orderloom.channels.amazon.subscriptions import Destination, Subscription
from orderloom.domain.errors import AccessDenied, OutcomeUnknown, OutsideError, Rejected
from orderloom.domain.model import Frozen

Thing = TypeVar("Thing")
ROLES = "the app needs a role that gives access to Notifications and to the orders; see docs/settings.md"


class StepState(StrEnum):
    FOUND = "found"
    MADE = "made"
    WOULD_MAKE = "would_make"
    WRONG = "wrong"

    @property
    def is_good(self) -> bool:
        return self in (StepState.FOUND, StepState.MADE)


class Step(Frozen):
    """One thing that has to be so, and how it is."""

    what: str
    state: StepState
    text: str


class Queue(Protocol):
    def facts(self) -> QueueFacts: ...


class Subscriptions(Protocol):
    def destinations(self) -> tuple[Destination, ...]: ...
    def create_destination(self, name: str, arn: str) -> Destination: ...
    def find(self, kind: NotificationKind) -> Subscription | None: ...
    def subscribe(self, kind: NotificationKind, destination_id: str) -> Subscription: ...
    def unsubscribe(self, kind: NotificationKind, subscription_id: str) -> None: ...


def connect_account(queue: Queue, amazon: Subscriptions, *, dry_run: bool) -> Iterator[Step]:
    """Queue, destination, and a subscription of each kind, in this order. A queue that cannot be used ends it."""
    try:
        facts = queue.facts()
    except OutsideError as failure:
        yield Step(what="queue", state=StepState.WRONG, text=failure.detail)
        return
    yield (checked := check_queue(facts))
    if checked.state is StepState.WRONG:
        return
    try:
        destination, step = _destination(facts.arn, amazon, dry_run=dry_run)
    except OutsideError as failure:
        yield _failed("destination", failure)
        return
    yield step
    for kind in NotificationKind:
        try:
            yield _subscription(kind, destination, amazon, dry_run=dry_run)
        except OutsideError as failure:
            yield _failed(kind.value, failure)


def check_queue(facts: QueueFacts) -> Step:
    if facts.arn.endswith(".fifo"):
        return Step(what="queue", state=StepState.WRONG, text=f"{facts.arn} is FIFO; Amazon sends to standard queues")
    if missing := missing_actions(facts.policy):
        text = f"its policy does not let Amazon do {' and '.join(missing)}; add: {needed_policy(facts.arn)}"
        return Step(what="queue", state=StepState.WRONG, text=text)
    return Step(what="queue", state=StepState.FOUND, text=f"{facts.arn}, {facts.waiting} messages wait")


def _destination(arn: str, amazon: Subscriptions, *, dry_run: bool) -> tuple[Destination | None, Step]:
    name = f"orderloom-{arn.rpartition(':')[2]}"

    def find() -> Destination | None:
        return next((each for each in amazon.destinations() if each.arn == arn), None)

    found, state = _find_or_make(find, lambda: amazon.create_destination(name, arn), dry_run=dry_run)
    text = f"{found.name} ({found.destination_id})" if found else f"{name}, for {arn}"
    return found, Step(what="destination", state=state, text=text)


def _subscription(
    kind: NotificationKind, destination: Destination | None, amazon: Subscriptions, *, dry_run: bool
) -> Step:
    def make() -> Subscription:
        if destination is None:
            raise Rejected("amazon", "NO_DESTINATION", "there is no destination to subscribe")
        return amazon.subscribe(kind, destination.destination_id)

    found, state = _find_or_make(lambda: amazon.find(kind), make, dry_run=dry_run)
    if found and (destination is None or found.destination_id != destination.destination_id):
        if all(found.destination_id != each.destination_id for each in amazon.destinations()):
            return _replaced(kind, found, make, amazon, dry_run=dry_run)
        text = f"goes to another destination ({found.destination_id}); delete that subscription if nobody needs it"
        return Step(what=kind.value, state=StepState.WRONG, text=text)
    return Step(what=kind.value, state=state, text=found.subscription_id if found else "no subscription yet")


def _replaced(
    kind: NotificationKind,
    dead: Subscription,
    make: Callable[[], Subscription],
    amazon: Subscriptions,
    *,
    dry_run: bool,
) -> Step:
    """Amazon keeps one subscription of a kind, so the dead one goes first; dying in between, the next run makes it."""
    text = f"went to a destination that is gone ({dead.destination_id})"
    if dry_run:
        return Step(what=kind.value, state=StepState.WOULD_MAKE, text=text)
    try:
        amazon.unsubscribe(kind, dead.subscription_id)
    except OutcomeUnknown:
        if amazon.find(kind) == dead:
            raise
    made, state = _find_or_make(lambda: amazon.find(kind), make, dry_run=False)
    return Step(what=kind.value, state=state, text=f"{made.subscription_id if made else ''}; the last one {text}")


def _find_or_make(
    find: Callable[[], Thing | None], make: Callable[[], Thing], *, dry_run: bool
) -> tuple[Thing | None, StepState]:
    if (found := find()) is not None:
        return found, StepState.FOUND
    if dry_run:
        return None, StepState.WOULD_MAKE
    try:
        return make(), StepState.MADE
    except OutcomeUnknown:
        # Looked for, never sent again: it may have been made.
        if (made := find()) is not None:
            return made, StepState.MADE
        raise


def _failed(what: str, failure: OutsideError) -> Step:
    hint = f"; {ROLES}" if isinstance(failure, AccessDenied) else ""
    return Step(what=what, state=StepState.WRONG, text=f"{failure.detail}{hint}")
