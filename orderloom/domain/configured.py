"""Which configuration a long-running process works with: its file's, or the last good one where the file is wrong."""

from orderloom.domain.model import Frozen, Utc

SHOWN_AT = "%Y-%m-%d %H:%M"


class KeptConfiguration(Frozen):
    """A file that a process started with, whole."""

    text: str
    kept_at: Utc


class RefusedConfiguration(Frozen):
    """A kind of process that found its file wrong when it started last."""

    process: str
    """`worker` or `starter`."""
    refused_at: Utc
    why: str
    """File, line, field and what is wrong."""
    kept_at: Utc
    """When the configuration was good that it works with."""

    @property
    def text(self) -> str:
        return (
            f"the {self.process} that started at {self.refused_at:{SHOWN_AT}} UTC refused its file ({self.why}) and "
            f"works with the last good one, of {self.kept_at:{SHOWN_AT}} UTC; correct the file, check it with "
            f"`orderloom rules check`, and restart the {self.process}"
        )
