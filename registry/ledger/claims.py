"""Claims: a run takes an import up when its turn comes; what happens to those that were cut off.

Imports of an account are applied one at a time, in the order received. A run that an automation
asked for leaves an import alone while an earlier one of its account is under way.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection

from registry.database.held_locks import hold, let_go
from registry.database.statements import Statements
from registry.ledger import states
from registry.ledger.archived_months import WHERE_TO_LOOK
from registry.ledger.imports import Attempt, Import, get_import, list_attempts
from registry.ledger.moves import IMPORT_WAS_RUN

_SQL = Statements(__file__)

MAX_CLAIMS = 3
MAX_RESULT_CLAIMS = 8
"""Tries at a result file: with the pauses between them, some three hours for a folder to heal."""

_ASK_OPERATOR = "ask the operator to run it again, or send the file again"


_WHY_LEFT = {
    states.HELD: "it is held for a person, who lets it through or refuses it",
    states.UNPACKED: "it is an archive that was unpacked; its members are imports of their own",
    "cancelled": "it was cancelled",
    "expired": "it has expired",
}


class LeftAlone(NamedTuple):
    """An import that a run does not work on, and the reason as its reader sees it."""

    imported: Import
    reason: str


Taken = Import | LeftAlone
"""What `take_up` returns: the import to work on, or why the run leaves it alone."""


def take_up(
    connection: Connection,
    partition_key: str,
    run_id: str,
    *,
    by_a_person: bool,
    retried: AbstractSet[str] = frozenset(),
) -> Taken:
    """Take an import up for a run whose turn on it has come, and commit.

    Its attempt is open afterwards and has this run's id. A run that a person asked for opens a
    further attempt over an import that is over. An import that was cut off is continued, and counts
    one more claim.

    The session of `connection` holds a lock of the import until `release`, so `connection` must be
    the one that the stages use. That lock, and nothing else, says that a run is at work on it.

    Args:
        connection: to the ledger.
        partition_key: of the import.
        run_id: the run that takes it up.
        by_a_person: whether a person asked for the run; otherwise an automation did.
        retried: ids of the runs that this run is an automatic retry of. What they finished is not
            done again.

    Raises:
        NotFound: there is no such import.
    """
    imported = get_import(connection, partition_key)
    if not hold(connection, lock_of(imported)):
        return _left(connection, imported, "another run works on it")
    why_not = _why_not(connection, imported.id, {run_id, *retried}, by_a_person=by_a_person)
    if why_not is not None:
        let_go(connection, lock_of(imported))
        return _left(connection, imported, why_not)
    states.take_up(connection, imported.id, run_id)
    connection.commit()
    return get_import(connection, partition_key)


def take_up_waiting(connection: Connection, imported: Import, run_id: str) -> bool:
    """Take up this one import if it still waits, for a run that is about to begin; commits.

    A person who asks for one file need not wait for the others: the imports of an account are
    applied one after the other anyway, and an older one never overwrites a newer value.

    Returns:
        Whether it was waiting.
    """
    is_waiting = connection.execute(
        "SELECT FROM import WHERE id = %s AND state = 'waiting' FOR UPDATE", (imported.id,)
    ).rowcount
    if is_waiting:
        states.take_up(connection, imported.id, run_id)
    connection.commit()
    return bool(is_waiting)


def release(connection: Connection, imported: Import) -> None:
    """The run's turn on this import is over, whatever became of it; ends any transaction."""
    connection.rollback()
    let_go(connection, lock_of(imported))
    connection.commit()


def lock_of(imported: Import) -> str:
    """The name of the lock that says that a run works on this import."""
    return f"rosterline import {imported.id}"


def _left(connection: Connection, imported: Import, reason: str) -> LeftAlone:
    connection.commit()
    return LeftAlone(imported, reason)


def _why_not(
    connection: Connection, import_id: UUID, runs: AbstractSet[str], *, by_a_person: bool
) -> str | None:
    states.lock_attempts(connection, import_id)
    (found,) = connection.execute(_SQL["read_turn"], {"id": import_id}).fetchall()
    state, last_run, earlier, rows_archived_at = found
    if state == "waiting" and earlier and not by_a_person:
        return f"an earlier file of its account is under way: {earlier}"
    if state in IMPORT_WAS_RUN and (not by_a_person or last_run in runs):
        return f"it is {state} already"
    if rows_archived_at is not None:
        return f"its rows were archived on {rows_archived_at:%Y-%m-%d}; {WHERE_TO_LOOK}"
    return _WHY_LEFT.get(state)


def cancel(connection: Connection, imported: Import, now: datetime, *, reason: str) -> bool:
    """Cancel an import of which nothing was written yet, and commit.

    A run that works on it stops at its next stage; an import of which a further attempt is
    cancelled is as it was before that attempt. Otherwise there is an attempt afterwards, so that a
    result can be written.

    Returns:
        Whether it was cancelled; not where it is over, or its patients are written already.
    """
    if not list_attempts(connection, imported.id):
        connection.execute("SELECT FROM import WHERE id = %s FOR UPDATE", (imported.id,))
        if get_import(connection, imported.partition_key).state == "waiting":
            states.open_attempt(connection, imported.id, None, again=False)
    is_cancelled = states.cancel_unfinished(connection, imported, reason=reason, now=now)
    connection.commit()
    return is_cancelled


def tries_are_over(imported: Import, attempt_state: str | None) -> bool:
    """Whether an import that was cut off is given up rather than continued once more."""
    is_open = attempt_state in (None, "open")
    return imported.claims >= (MAX_CLAIMS if is_open else MAX_RESULT_CLAIMS)


def give_up(
    connection: Connection, imported: Import, now: datetime, *, by: str | None = None
) -> bool:
    """End an import that was cut off after its last try, and commit; with `by`, at any try.

    An import of which nothing was written fails; after a further attempt that wrote nothing, it
    gets back the state that the attempt before it had led to. An import that lacks only its result
    has more tries (`MAX_RESULT_CLAIMS`), and holds no other file of its account meanwhile.

    Args:
        connection: to the ledger.
        imported: as it was read; nothing is done where it was claimed again since.
        now: when it ends.
        by: the person who gives it up; None where its tries are counted.

    Returns:
        Whether it was given up.
    """
    is_still_so = connection.execute(
        "SELECT FROM import WHERE id = %s AND state = 'processing' AND claims = %s FOR UPDATE",
        (imported.id, imported.claims),
    ).rowcount
    attempts = list_attempts(connection, imported.id)
    is_open = not attempts or attempts[-1].state == "open"
    is_given_up = False
    is_over = tries_are_over(imported, attempts[-1].state if attempts else None)
    if is_still_so and (by or is_over):
        why = f"given up by {by}" if by else f"gave up after {imported.claims} tries"
        # Without an attempt there would be no result for the sender.
        attempts = attempts or [states.open_attempt(connection, imported.id, None, again=False)]
        is_given_up = (_give_up_open if is_open else _give_up_result)(
            connection, imported, attempts, why, now
        )
    connection.commit()
    return is_given_up


def _give_up_open(
    connection: Connection, imported: Import, attempts: list[Attempt], why: str, now: datetime
) -> bool:
    run_id = attempts[-1].run_id
    cause = f"run {run_id} ended before it was done" if run_id else "no run began on it"
    cause = (attempts[-1].reason or cause).removesuffix(".")
    reason = f"{why}: {cause}; nothing was written; {_ASK_OPERATOR}"
    earlier = attempts[-2].state if len(attempts) > 1 else "failed"
    state = "completed" if earlier == "finished" else "failed"
    return states.give_up(connection, imported, state=state, reason=reason, now=now)


def _give_up_result(
    connection: Connection, imported: Import, attempts: list[Attempt], why: str, now: datetime
) -> bool:
    reason = (
        f"{why}: its result file could not be written; what it changed is kept; ask the operator "
        "for the result"
    )
    return states.give_up_result(connection, imported, attempts[-1], reason=reason, now=now)
