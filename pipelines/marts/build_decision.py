"""Whether to build the marts. Pure functions of the ledger's state and the last build.

A build costs the same whether one file or a hundred came. So it waits until arrivals pause, and
for a while after the build before it; but nothing waits longer than `LONGEST_WAIT`.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from registry.marts.freshness import Changes

QUIET = timedelta(minutes=1)
"""A build starts after this time without a further change, so that a burst causes one build."""

BETWEEN_BUILDS = timedelta(minutes=15)
"""Time from the end of a build to the next one, if files come all day."""

LONGEST_WAIT = timedelta(minutes=30)
"""If imports keep coming, a build starts after this time at the latest."""

MOST_TRIES = 4
FIRST_PAUSE = timedelta(minutes=5)
"""Pause after a failed build, doubled with each further failure: 35 minutes in all. A database that
was down is back by then; a build that still fails needs other data or a person."""


@dataclass(frozen=True)
class Asked:
    """The changes at the last request of a build, with times of the ledger.

    The number of changes is compared and not the time, because an attempt may become visible after
    one that finished later. `tries` is how often a build of this state was requested.
    """

    changes: int = 0
    newest_at: str | None = None
    tries: int = 1

    @property
    def since(self) -> datetime | None:
        """The time of the newest change that the last requested build contains."""
        return datetime.fromisoformat(self.newest_at) if self.newest_at else None

    def as_cursor(self) -> str:
        """The cursor that `read_asked` reads."""
        return json.dumps(asdict(self))

    @property
    def run_key(self) -> str:
        """A name for the build; Dagster starts only one run for a run key."""
        again = f"#{self.tries}" if self.tries > 1 else ""
        return f"{self.changes}@{self.newest_at}{again}"


@dataclass(frozen=True)
class LastBuild:
    """The newest run of the job: under way, or how long ago it ended and whether it failed."""

    under_way: bool = False
    ended_ago: timedelta | None = None
    failed: bool = False


def read_asked(cursor: str | None) -> Asked:
    """The last request; an empty one for a cursor of another shape."""
    try:
        return Asked(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        return Asked()


def ask_for(found: Changes, asked: Asked) -> Asked:
    """The request of a build now; `asked` is the request before it."""
    newest_at = found.newest_at.isoformat() if found.newest_at else None
    tries = asked.tries + 1 if found.changes == asked.changes else 1
    return Asked(found.changes, newest_at, tries)


def reason_to_wait(found: Changes, asked: Asked, last: LastBuild) -> str | None:
    """Why no build is requested now; None if a build is due.

    A number of changes that went down means that the ledger was restored from a backup. The marts
    then contain attempts that the ledger does not, so they are built as after any other change.
    """
    if last.under_way:
        return "a build is under way; the next one is decided after it"
    if found.changes == asked.changes:
        return _reason_not_to_repeat(asked, last)
    if last.ended_ago is not None and last.ended_ago < BETWEEN_BUILDS:
        return f"the last build ended {_minutes(last.ended_ago)} ago; the next one follows later"
    return _reason_to_collect(found)


def _reason_to_collect(found: Changes) -> str | None:
    """More will come soon, and one build is enough for all of it."""
    if found.oldest is not None and found.oldest > LONGEST_WAIT:
        return None
    if found.processing:
        return f"{found.processing} imports are at work; the build follows them"
    if found.newest is not None and found.newest < QUIET:
        return "an import was over a moment ago; the build follows when no other one does"
    return None


def _reason_not_to_repeat(asked: Asked, last: LastBuild) -> str | None:
    if not last.failed or last.ended_ago is None:
        return "nothing changed since the last build was asked for"
    if asked.tries >= MOST_TRIES:
        return (
            f"the build failed {asked.tries} times; it is asked for again once an import is over, "
            "or by `rosterline marts build`"
        )
    if last.ended_ago < FIRST_PAUSE * 2 ** (asked.tries - 1):
        return "the last build failed; it is asked for again after a pause"
    return None


def _minutes(time: timedelta) -> str:
    return f"{time // timedelta(minutes=1)} min"
