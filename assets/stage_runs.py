"""Running one stage for one import: the attempt, the time it takes, and faults of the file.

A fault of a file ends only its own import: the attempt becomes `failed` with the fault's reason,
the later stages skip it, and `result_files` writes the reason for the sender. Every other error is
raised; the attempt stays open, and the next run continues it. A file that is to be held for a
person stops after the stage that says so, in the transaction that ends the stage.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from psycopg import Connection
from psycopg import Error as PsycopgError

from assets.attempt_work import AttemptWork, load_work
from assets.error_redaction import explained
from registry.ledger.imports import Attempt, get_import
from registry.ledger.progress import record_stage
from registry.ledger.states import (
    HELD,
    UNPACKED,
    fail_attempt,
    hold_attempt,
    note_cause,
    open_attempt,
)
from registry.settings import Settings
from registry.tables.enums import OUTCOMES
from registry.telemetry.observe import observe_stage
from registry.telemetry.spans import span, trace_of
from schemas.errors import FileFault, NotAllowed, StageFailed, StorageUnavailable

Figures = Mapping[str, int | float | str]

_COUNTS = {
    "rows": "records",
    "rows with errors": "errored",
    **{f"to be {outcome}": outcome for outcome in OUTCOMES},
    **{outcome: outcome for outcome in OUTCOMES},
}
"""Figures that show the progress of an attempt, and the ledger's name for each."""


UNPACKED_INTO = "rosters inside"
"""The figure of a stage that ended the import by unpacking its file: into how many."""

WHY_HELD = "held for a person"
"""The figure by which a stage says why the import is to be held; absent where it goes on."""


_PASSED_BY = {
    HELD: "the file is held for a person",
    UNPACKED: "the file is an archive, and its members are imports of their own",
}


@dataclass(frozen=True)
class Stage:
    """A step of every import.

    `run` does the work and returns figures to plot. The stage skips attempts whose state is not in
    `states`.
    """

    name: str
    run: Callable[[Connection, AttemptWork], Figures]
    states: tuple[str, ...] = ("open",)
    opens_attempt: bool = False


@dataclass(frozen=True)
class StageReport:
    """What a stage did for one import; `passed_by` is the reason why it skipped the import."""

    stage: str
    work: AttemptWork
    seconds: float = 0.0
    figures: Figures = field(default_factory=dict)
    passed_by: str | None = None
    fault: FileFault | None = None


def run_stage(
    stage: Stage,
    connection: Connection,
    settings: Settings,
    partition_key: str,
    *,
    run_id: str,
    again: bool,
) -> StageReport:
    """Run `stage` on the import with this partition key.

    With `again`, an import that is over gets a further attempt.

    Raises:
        RosterlineError: any fault; its text contains no value of a patient.
        NotFound: there is no such import.
        NotAllowed: an earlier stage has to run first.
    """

    def run() -> StageReport:
        if stage.opens_attempt:
            imported = get_import(connection, partition_key)
            open_attempt(connection, imported.id, run_id, again=again)
            connection.commit()
        work = load_work(connection, settings, partition_key)
        if work.imported.state in _PASSED_BY:
            return StageReport(stage.name, work, passed_by=_PASSED_BY[work.imported.state])
        if work.attempt.state not in stage.states:
            return StageReport(stage.name, work, passed_by=_why_passed_by(stage, work.attempt))
        return _timed(stage, connection, work)

    try:
        return explained(run, stage.name, partition_key, debug=settings.debug)
    except (StorageUnavailable, StageFailed) as error:
        _keep_cause(connection, partition_key, error.said)
        raise


def _keep_cause(connection: Connection, partition_key: str, cause: str) -> None:
    """Keep with the attempt why its stage ended: its sender is told, should it be given up."""
    with suppress(PsycopgError):  # the ledger may be away as well; the error itself is raised
        connection.rollback()
        note_cause(connection, get_import(connection, partition_key).id, cause)
        connection.commit()


def _why_passed_by(stage: Stage, attempt: Attempt) -> str:
    if attempt.state == "open":
        raise NotAllowed(
            f"{stage.name} needs the stages before it; materialise all five stages together"
        )
    return {
        "failed": "the file failed",
        "applied": "this attempt is applied already",
        "finished": "this attempt is over; materialise all five stages for a further one",
    }[attempt.state]


def _timed(stage: Stage, connection: Connection, work: AttemptWork) -> StageReport:
    started_at, start = datetime.now(UTC), perf_counter()
    fault, figures = None, {}
    with span(stage.name, parent=trace_of(work.imported.id)) as traced:
        traced.say(
            {
                "rosterline.import_id": work.imported.id,
                "rosterline.account_id": work.account.id,
                "rosterline.attempt": work.attempt.number,
            }
        )
        try:
            figures = dict(stage.run(connection, work))
            if isinstance(why := figures.get(WHY_HELD), str):
                hold_attempt(connection, work.attempt, why, datetime.now(UTC))
        except FileFault as error:
            connection.rollback()
            fail_attempt(connection, work.attempt, error)
            fault = error
            traced.say({"rosterline.fault": error.code})
            traced.fail()
        if isinstance(rows := figures.get("rows"), int):
            traced.say({"rosterline.rows": rows})
    if UNPACKED_INTO in figures:
        work = load_work(connection, work.settings, work.imported.partition_key)
    seconds = perf_counter() - start
    observe_stage(stage.name, seconds, failed=fault is not None)
    record_stage(
        connection,
        work.imported.id,
        work.attempt.number,
        stage.name,
        started_at,
        seconds=seconds,
        counts={_COUNTS[name]: int(figures[name]) for name in figures.keys() & _COUNTS.keys()},
    )
    connection.commit()
    return StageReport(stage.name, work, seconds, figures, fault=fault)
