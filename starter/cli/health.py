"""`orderloom health`: which orders are late, and how Amazon accounts stand against Amazon's published targets."""

from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import open_session
from starter.health import (
    COLUMNS,
    LATE_COLUMNS,
    PAUSED_COLUMNS,
    account_cells,
    late_cells,
    measure_health,
    paused_cells,
)


def health(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Show paused accounts, late orders, and each Amazon account's rates of the last 30 days beside its targets."""
    with open_session(state_dir) as session:
        found = measure_health(session.store, session.config)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    if found.paused:
        print_table(PAUSED_COLUMNS, [paused_cells(paused) for paused in found.paused], nothing="")
    print_table(COLUMNS, [account_cells(account) for account in found.accounts], nothing="no Amazon account")
    print_line(f"\nLate now: {found.late_count}")
    if found.late:
        print_table(LATE_COLUMNS, [late_cells(late) for late in found.late], nothing="")
