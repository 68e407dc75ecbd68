"""Whether the marts are to be built: pure, on what the ledger says and what was asked for."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from registry.marts import Finished

LONGEST_WAIT = timedelta(minutes=15)
"""A burst of arrivals is built once, after its last import; but marts are never older than this
because of one that does not end."""


@dataclass(frozen=True)
class Asked:
    """What had finished when a build was asked for last, by the ledger's own times.

    The count decides: an attempt that finished earlier may become visible later.
    """

    attempts: int = 0
    newest_at: str | None = None

    @property
    def since(self) -> datetime | None:
        """The instant after which nothing was built yet."""
        return datetime.fromisoformat(self.newest_at) if self.newest_at else None

    def as_cursor(self) -> str:
        """The cursor that `read_asked` reads."""
        return json.dumps(asdict(self))

    @property
    def run_key(self) -> str:
        """Names the build; Dagster starts no second one under the same key."""
        return f"{self.attempts}@{self.newest_at}"


def read_asked(cursor: str | None) -> Asked:
    """What was asked for; nothing, where the cursor is of another kind."""
    try:
        return Asked(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        return Asked()


def ask_for(finished: Finished) -> Asked:
    """What a build that is asked for now will hold."""
    return Asked(finished.attempts, finished.newest_at.isoformat() if finished.newest_at else None)


def reason_to_wait(finished: Finished, asked: Asked, *, building: bool) -> str | None:
    """Why no build is asked for now; None when one is due.

    A count that went down is a ledger that was restored: the marts hold what it no longer does,
    and are built like after any other change.
    """
    if finished.attempts == asked.attempts:
        return "no attempt finished since the last build was asked for"
    if building:
        return "a build is under way; another one follows it"
    waited = finished.oldest or timedelta()
    if finished.processing and waited <= LONGEST_WAIT:
        return f"{finished.processing} imports are at work; the build follows them"
    return None
