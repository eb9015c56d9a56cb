"""What counts as a violated assumption: the only place that says so. `noticed_pct` is the part that was called out."""


class Violations:
    """Whether an assumption of the protocol (docs/decisions/0006) was violated in one run.

    An order violates one when it is seen later than its bound, a write when it takes effect later than its bound, a
    listing that allows overselling from the start. A figure that somebody else wrote does when it is met: by a reading
    of ours, or by a buyer who comes to that listing, sold to or turned away. One that our own write replaces before
    that has sold nothing, turned nobody away and is in no figure that we were ever given: the run is, event by event,
    the one in which it was never written (a test plays both). No policy could tell the two apart, and nothing is there
    to be told. About one seed of `old-patch` in 1,000 is such a run.
    """

    def __init__(self, violated: bool = False) -> None:
        self.found = violated
        self._unmet: set[str] = set()

    def happened(self, it_did: bool) -> None:
        self.found |= it_did

    def written(self, channel: str, before: int, after: int) -> None:
        """Somebody else wrote to a listing; where it showed that figure anyway, nothing was done to it."""
        if before != after:
            self._unmet.add(channel)

    def replaced(self, channel: str) -> None:
        """A write of our own took effect there."""
        self._unmet.discard(channel)

    def met(self, channel: str) -> None:
        """A buyer came to the listing, or we were given its figure."""
        if channel in self._unmet:
            self._unmet.discard(channel)
            self.found = True
