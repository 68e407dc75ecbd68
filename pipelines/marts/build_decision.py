"""Whether to build the marts. Pure functions of the ledger's state and the last request."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from registry.marts.freshness import Finished

LONGEST_WAIT = timedelta(minutes=15)
"""A burst of arrivals causes one build, after its last import. If imports keep coming, a build
starts after this time at the latest."""

MOST_TRIES = 4
FIRST_PAUSE = timedelta(minutes=5)
"""Pause after a failed build, doubled with each further failure: 35 minutes in all. A database that
was down is back by then; a build that still fails needs other data or a person."""


@dataclass(frozen=True)
class Asked:
    """The finished attempts at the last request of a build, with times of the ledger.

    The number of attempts is compared and not the time, because an attempt may become visible after
    one that finished later. `tries` is how often a build of this state was requested.
    """

    attempts: int = 0
    newest_at: str | None = None
    tries: int = 1

    @property
    def since(self) -> datetime | None:
        """When the newest attempt finished that the last requested build contains."""
        return datetime.fromisoformat(self.newest_at) if self.newest_at else None

    def as_cursor(self) -> str:
        """The cursor that `read_asked` reads."""
        return json.dumps(asdict(self))

    @property
    def run_key(self) -> str:
        """A name for the build; Dagster starts only one run for a run key."""
        again = f"#{self.tries}" if self.tries > 1 else ""
        return f"{self.attempts}@{self.newest_at}{again}"


def read_asked(cursor: str | None) -> Asked:
    """The last request; an empty one for a cursor of another shape."""
    try:
        return Asked(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        return Asked()


def ask_for(finished: Finished, asked: Asked) -> Asked:
    """The request of a build now; `asked` is the request before it."""
    newest_at = finished.newest_at.isoformat() if finished.newest_at else None
    tries = asked.tries + 1 if finished.attempts == asked.attempts else 1
    return Asked(finished.attempts, newest_at, tries)


def reason_to_wait(
    finished: Finished, asked: Asked, *, building: bool, failed_ago: timedelta | None
) -> str | None:
    """Why no build is requested now; None if a build is due.

    A number of attempts that went down means that the ledger was restored from a backup. The marts
    then contain attempts that the ledger does not, so they are built as after any other change.

    Args:
        finished: the finished attempts in the ledger.
        asked: the last request.
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
