"""`orderloom sandbox`: buyers for the local stack, where nobody else would buy anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from orderloom.domain.errors import InputInvalid, Unavailable
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.stock import SkuMaster
from orderloom.sandbox.control import ControlFailed, SandboxControl
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from starter.cli.options import STATE_DIR, StateDir, operator
from starter.cli.output import print_line
from starter.cli.session import Session, open_session
from starter.demo.shop import open_shop

app = typer.Typer(no_args_is_help=True, help="Stock a shop and buy from it, on the sandbox of the running local stack.")


@app.command()
def stock(state_dir: StateDir = STATE_DIR) -> None:
    """Fill the store with the demo's kitchen shop: 1,200 SKUs, their listings and their stock."""
    shop = open_shop()
    with open_session(state_dir) as session, _control(session, state_dir) as control:
        session.store.catalog.import_skus(shop.masters, by=operator())
        session.store.catalog.import_listings(shop.listings)
        session.store.ledger.import_counts(shop.stock, by=operator(), why="opening stock")
        for node in session.config.nodes:
            units = {count.sku: count.on_hand for count in shop.stock if count.node == node.node}
            if units and node.url:
                control.put_stock(node.node, units)
    print_line(f"{len(shop.masters)} SKUs and their stock; e.g. {', '.join(m.sku for m in shop.masters[:3])}")


@app.command()
def sell(
    channel: Annotated[Channel, typer.Argument(help="Who sells it.")],
    listing: Annotated[str, typer.Argument(metavar="SKU", help="What the channel calls it; Amazon's are AMZ-...")],
    quantity: Annotated[int, typer.Option(min=1)] = 1,
    fba: Annotated[bool, typer.Option("--fba", help="Amazon: fulfilled by Amazon.")] = False,
    pending: Annotated[bool, typer.Option("--pending", help="Amazon: payment is not through yet.")] = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Let an invented buyer order one listing, and print the order's key."""
    with open_session(state_dir) as session, _control(session, state_dir) as control:
        account = next((a.account for a in session.config.accounts if a.channel is channel), None)
        if account is None:
            raise InputInvalid(str(session.settings.config), None, "accounts", f"there is no {channel} account")
        order = SandboxOrder(
            lines=(_line(session, listing, quantity),), fulfilled_by="amazon" if fba else "merchant", pending=pending
        )
        place = control.place_amazon_order if channel is Channel.AMAZON else control.place_shopify_order
        print_line(str(OrderKey(channel=channel, account=account, order_id=place(account, order))))


def _line(session: Session, listing: str, quantity: int) -> SandboxLine:
    """With the weight that a shop would have entered for its own SKU."""
    master: SkuMaster | None = session.store.catalog.masters([listing]).get(listing)
    return SandboxLine(sku=listing, quantity=quantity, grams=(master.weight_grams or 0) if master else 0)


@contextmanager
def _control(session: Session, state_dir: Path) -> Iterator[SandboxControl]:
    """Raises InputInvalid where no local stack was started, Unavailable where its sandbox does not answer."""
    if session.settings.amazon_endpoint is None:
        raise InputInvalid(str(state_dir), None, "--state-dir", "no local stack here; start one with `orderloom dev`")
    with SandboxControl(session.settings.amazon_endpoint) as control:
        try:
            control.knobs()
            yield control
        except (httpx.TransportError, ControlFailed) as failure:
            why = f"does not do it ({type(failure).__name__}); is `orderloom dev` running?"
            raise Unavailable("sandbox", why) from None
