"""`orderloom privacy`: what channels ask for customers, and what was done about it when."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import OrderKey
from orderloom.domain.privacy import PrivacyKind, PrivacyRequest
from starter.cli.options import STATE_DIR, AsJson, StateDir, operator, order_key
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import Session, open_session

app = typer.Typer(no_args_is_help=True, help="Customers' requests: what is held of them, and forgetting it.")
WORDS = {
    PrivacyKind.DATA_REQUEST: "tell",
    PrivacyKind.CUSTOMER_REDACT: "forget a customer",
    PrivacyKind.SHOP_REDACT: "forget everybody",
}
Orders = Annotated[list[OrderKey], typer.Argument(parser=order_key, metavar="KEY...", help="Order keys.")]
OfOrder = Annotated[
    list[OrderKey] | None, typer.Option("--order", parser=order_key, metavar="KEY", help="This order; may be repeated.")
]
Number = Annotated[int | None, typer.Argument(metavar="ID", help="As `privacy requests` numbers them.")]
Out = Annotated[Path | None, typer.Option("--out", dir_okay=False, help="A new file, readable by you alone.")]


@app.command()
def requests(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are done.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what was asked for and by when it is due; with --all also what was done when."""
    with open_session(state_dir) as session:
        found = session.store.privacy_requests.all(open_only=not everything)
    if as_json:
        print_json([request.model_dump(mode="json") for request in found])
        return
    columns = ("ID", "Account", "Asks us to", "Orders", "Asked (UTC)", "Due (UTC)", "Done")
    nothing = "no request was made" if everything else "no request is open"
    print_table(columns, [_cells(request) for request in found], nothing=nothing, right=("ID",))
    if any(request.kind is PrivacyKind.DATA_REQUEST and not request.done_at for request in found):
        print_line("what is held of a customer: `orderloom privacy export ID --out FILE`, which answers the request")


@app.command()
def export(request_id: Number = None, order: OfOrder = None, out: Out = None, state_dir: StateDir = STATE_DIR) -> None:
    """Write all that is held of a customer as JSON, in the open, and mark the request as answered."""
    if (request_id is None) == (not order):
        raise typer.BadParameter("give the ID of a request, or --order KEY")
    with open_session(state_dir) as session:
        request = _data_request(session, request_id) if request_id is not None else None
        keys = request.orders if request else tuple(order or ())
        held = [session.store.personal_export.of(key).model_dump(mode="json") for key in keys]
        document = {"request": request.model_dump(mode="json") if request else None, "orders": held}
        if out is None:
            print_json(document)
        else:
            _write(out, json.dumps(document, indent=2, ensure_ascii=False))
        if request:
            session.store.privacy_requests.answered(request.request_id, operator())


@app.command()
def redact(orders: Orders, as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Forget the people of these orders for good: at once, or at its end for one that is still open."""
    with open_session(state_dir) as session:
        done = session.store.privacy.forget(orders)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    print_line(f"forgotten: {done.erased}; to be forgotten when they are closed: {done.waiting}")


def _data_request(session: Session, request_id: int) -> PrivacyRequest:
    request = session.store.privacy_requests.get(request_id)
    if request.kind is not PrivacyKind.DATA_REQUEST:
        raise InputInvalid("privacy", None, "ID", f"request {request_id} asks us to {WORDS[request.kind]}")
    return request


def _write(out: Path, text: str) -> None:
    """Readable by its owner alone from the first byte; raises InputInvalid rather than write over a file."""
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as wrong:
        raise InputInvalid("privacy", None, "--out", f"{out}: {wrong.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _cells(request: PrivacyRequest) -> tuple[object, ...]:
    orders = ", ".join(key.order_id for key in request.orders)
    return (
        request.request_id,
        f"{request.channel}:{request.account}",
        WORDS[request.kind],
        "all" if request.kind is PrivacyKind.SHOP_REDACT else orders or "none",
        f"{request.asked_at:%Y-%m-%d %H:%M}",
        f"{request.due_at:%Y-%m-%d}",
        _done(request),
    )


def _done(request: PrivacyRequest) -> str:
    at = f"{request.done_at:%Y-%m-%d %H:%M}" if request.done_at else ""
    if request.kind is PrivacyKind.DATA_REQUEST:
        return f"exported by {request.done_by}, {at}" if at else "no"
    forgotten = f"{request.forgotten} forgotten"
    return f"{forgotten}, {at}" if at else f"{forgotten}; {request.waiting} when they are closed"
