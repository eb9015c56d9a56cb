"""What comes back after it had left, as its channel says it.

Units that never left are no such thing: a refund before shipping and an edit are a newer reading with other lines.
"""

from pydantic import PositiveInt

from orderloom.domain.model import Frozen, Utc


class GoodsBack(Frozen):
    """Units of one line that a channel says came back after they had left: a refund, a return, a row of a report.

    Units that never left are none: they are a line with a smaller quantity.
    """

    change_id: str
    """The channel's own id of the refund or return and its line: unique within the order, so it is taken once."""
    line_id: str
    quantity: PositiveInt
    """In units of the line, as the channel sold them."""
    reason: str = ""
    """The channel's code word, e.g. `UNWANTED` or `CR-DEFECTIVE`; never what a person wrote."""
    restocked_by_channel: bool = False
    """The channel itself has put the units back on sale."""
    location: str | None = None
    """The channel's own name of the place they came back to, where it says one."""
    at: Utc
