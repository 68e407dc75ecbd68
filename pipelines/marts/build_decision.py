"""Whether the marts are to be built: pure, on what the ledger says and what was asked for."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from registry.marts.freshness import Finished

LONGEST_WAIT = timedelta(minutes=15)
"""A burst of arrivals is built once, after its last import; but marts are never older than this
because of one that does not end."""

MOST_TRIES = 4
FIRST_PAUSE = timedelta(minutes=5)
"""After a build that failed, doubled with each further one: 35 minutes in all. A database that was
away is back by then; what fails still waits for other data, or for a person."""


@dataclass(frozen=True)
class Asked:
    """What had finished when a build was asked for last, by the ledger's own times.

    The count decides: an attempt that finished earlier may become visible later. `tries` is how
    often a build of just this was asked for.
    """

    attempts: int = 0
    newest_at: str | None = None
    tries: int = 1

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
        again = f"#{self.tries}" if self.tries > 1 else ""
        return f"{self.attempts}@{self.newest_at}{again}"


def read_asked(cursor: str | None) -> Asked:
    """What was asked for; nothing, where the cursor is of another kind."""
    try:
        return Asked(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        return Asked()


def ask_for(finished: Finished, asked: Asked) -> Asked:
    """What a build that is asked for now will hold, `asked` being what was asked for before."""
    newest_at = finished.newest_at.isoformat() if finished.newest_at else None
    tries = asked.tries + 1 if finished.attempts == asked.attempts else 1
    return Asked(finished.attempts, newest_at, tries)


def reason_to_wait(
    finished: Finished, asked: Asked, *, building: bool, failed_ago: timedelta | None
) -> str | None:
    """Why no build is asked for now; None when one is due.

    A count that went down is a ledger that was restored: the marts hold what it no longer does,
    and are built like after any other change.

    Args:
        finished: what the ledger says.
        asked: what the marts hold, or would, had the build not failed.
        building: whether a build is under way.
        failed_ago: how long ago the last build ended, if it failed.
    """
    if finished.attempts == asked.attempts:
        reason = _reason_not_to_repeat(asked, failed_ago)
        if reason:
            return reason
    if building:
        return "a build is under way; another one follows it"
    waited = finished.oldest or timedelta()
    if finished.processing and waited <= LONGEST_WAIT:
        return f"{finished.processing} imports are at work; the build follows them"
    return None


def _reason_not_to_repeat(asked: Asked, failed_ago: timedelta | None) -> str | None:
    if failed_ago is None:
        return "no attempt finished since the last build was asked for"
    if asked.tries >= MOST_TRIES:
        return (
            f"the build failed {asked.tries} times; it is asked for again once an import is over, "
            "or by `rosterline marts build`"
        )
    if failed_ago < FIRST_PAUSE * 2 ** (asked.tries - 1):
        return "the last build failed; it is asked for again after a pause"
    return None
