"""One row per step: how long one attempt may take, how it is tried again, and what the Temporal UI calls it.

No step of an order has a cap on its attempts, but for the one that an operator waits for: an outage ends, and an order
that waits for a person says so as a hold. An
attempt that its worker took down with it is repeated after `heartbeat` where there is one (activities/pulse.py), else
after `start_to_close`, which allows an outside step what two exchanges of `http_timeout` (20 s) take.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.common import RetryPolicy


@dataclass(frozen=True)
class Policy:
    start_to_close: timedelta
    retry: RetryPolicy
    summary: str
    heartbeat: timedelta | None = None
    held_while_paused: bool = False
    """Where its account is paused the workflow is told at once; any other step waits until it is not."""


_DATABASE = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=30))
_OUTSIDE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
_PUBLISHING = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
_A_PERSON_WAITS = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3)
_STEP = timedelta(seconds=10)
_EXCHANGES = timedelta(seconds=50)
_ALIVE = timedelta(seconds=10)


def _in_database(summary: str) -> Policy:
    return Policy(_STEP, _DATABASE, summary)


def _outside(summary: str, *, held_while_paused: bool = False) -> Policy:
    return Policy(_EXCHANGES, _OUTSIDE, summary, _ALIVE, held_while_paused)


POLICIES: dict[str, Policy] = {
    "normalise": _in_database("Read the channel's event into an order, map its SKUs"),
    "reserve": _in_database("Reserve all lines in one transaction"),
    "observe": _in_database("Count out what left without us"),
    "route": _in_database("Decide who ships it, allocate the stock there"),
    "dispatch": _outside("Ask the node to ship"),
    "ask_node": _outside("Ask the node what became of it"),
    "cancel_dispatch": _outside("Ask the node to stop"),
    "recall": _outside("Ask the node to let go of a shipment"),
    "look_up_action": _in_database("See whether an action is done, and can be"),
    "run_action": Policy(_EXCHANGES, _OUTSIDE, "Call an action of the rule", _ALIVE),
    "waive_action": _in_database("Go on without an action"),
    "record_shipment": _in_database("Record what the node reported"),
    "confirm": _outside("Tell the channel of the package", held_while_paused=True),
    "correct_tracking": _outside("Tell the channel of the package's corrected tracking number", held_while_paused=True),
    "wish_to_cancel": _in_database("Note that it is to be cancelled, before nodes are asked"),
    "withdraw": _outside("Tell the channel that it is cancelled", held_while_paused=True),
    "cancellation_round": Policy(timedelta(minutes=5), _OUTSIDE, "Tell the channel of cancellations by batch", _ALIVE),
    "release_stock": _in_database("Give back what was reserved"),
    "set_status": _in_database("Say where the order stands"),
    "adopt": _in_database("Take over an order from before the account went live"),
    "note": _in_database("Add to the timeline"),
    "close": _in_database("Close the order"),
    "record_late_event": _in_database("Record an event that came after the order was closed"),
    "take_waiting_returns": _in_database("Take in what came back of a listing that is mapped now"),
    "sweep": Policy(timedelta(minutes=15), _OUTSIDE, "Read the account's changed orders", _ALIVE),
    "follow": Policy(timedelta(minutes=15), _OUTSIDE, "Ask a node what has changed of its shipments", _ALIVE),
    "read_stock": Policy(timedelta(minutes=15), _OUTSIDE, "Ask a node what it has", _ALIVE),
    "reread": Policy(_EXCHANGES, _A_PERSON_WAITS, "Read the order again from its channel", _ALIVE, True),
    "follow_hint": _outside("Read the order again, as an event hinted"),
    "resolve_order": _outside("Ask the channel which order an event is about"),
    "publish": Policy(timedelta(minutes=2), _PUBLISHING, "Plan, send one batch, read what is due", _ALIVE),
    "read_catalogue": Policy(timedelta(minutes=5), _OUTSIDE, "Read what the account lists", _ALIVE),
    "read_fba": Policy(timedelta(minutes=15), _OUTSIDE, "Read what Amazon's warehouses have", _ALIVE),
    "ask_for_returns": _outside("Ask for the report of returns"),
    "read_returns": Policy(timedelta(minutes=15), _OUTSIDE, "Read the report of returns", _ALIVE),
    "compare_listings": Policy(timedelta(minutes=15), _OUTSIDE, "Compare every listing with our books", _ALIVE),
    "explain_differences": _in_database("Tell late orders from hand edits"),
    "find_missing_orders": Policy(timedelta(minutes=5), _OUTSIDE, "Find orders that never reached us", _ALIVE),
    "purge_personal_data": Policy(timedelta(minutes=5), _DATABASE, "Forget personal data whose time is over"),
    "forget_old_pushes": Policy(timedelta(minutes=5), _DATABASE, "Forget finished pushes of long ago"),
    "look_at_open_orders": Policy(timedelta(minutes=5), _DATABASE, "Have open orders of shops read again, in turn"),
    "wake_lost_orders": Policy(timedelta(minutes=5), _OUTSIDE, "Find open orders without a running workflow"),
}
