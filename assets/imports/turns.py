"""The turn of one import in a run: it is taken up and goes through all stages.

The next import of the run follows only then, so that each one is matched against a registry that
has its predecessors.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from psycopg import Connection

from assets.attempt_work import load_work
from assets.error_redaction import explained
from assets.landed_files.land import LAND
from assets.matched_patients.match import MATCH
from assets.patients.verify import APPLY
from assets.result_files.finish import FINISH
from assets.stage_runs import WHY_HELD, StageReport, run_stage
from assets.staged_patients.stage import STAGE
from registry.landing.answered import record_held
from registry.ledger.claims import LeftAlone, take_up
from registry.settings import Settings

STAGES = (LAND, STAGE, MATCH, APPLY, FINISH)

_BY_RECEIPT = """
SELECT partition_key FROM import WHERE partition_key = ANY(%s) ORDER BY ordered_at, id
"""


@dataclass(frozen=True)
class RunOfImports:
    """Who takes imports up: the run, whether a person asked for it, and what it is a retry of."""

    id: str
    by_a_person: bool
    retried: AbstractSet[str] = frozenset()


def in_order_of_receipt(connection: Connection, keys: Sequence[str]) -> list[str]:
    """The partition keys in the order in which the ledger entered their imports.

    Keys that the ledger does not know come last, so that their own turn says so.
    """
    known = [key for (key,) in connection.execute(_BY_RECEIPT, (list(keys),)).fetchall()]
    return [*known, *sorted(set(keys) - set(known))]


def take_turn(
    connection: Connection, settings: Settings, key: str, run: RunOfImports
) -> Iterator[StageReport | LeftAlone]:
    """Take the import up and run its stages, reporting each as it is over.

    Reported once and alone: `LeftAlone`, if this run does not work on the import. The import's lock
    is held in the session of `connection`, which is to be closed when the turn is over.

    Raises:
        RosterlineError: any fault but that of a file; its text contains no value of a patient.
    """
    taken = explained(
        partial(take_up, connection, key, run.id, by_a_person=run.by_a_person, retried=run.retried),
        "taking up",
        key,
        debug=settings.debug,
    )
    if isinstance(taken, LeftAlone):
        yield taken
        return
    for stage in STAGES:
        report = run_stage(stage, connection, settings, key, run_id=run.id, again=False)
        yield report
        if WHY_HELD in report.figures or stage is FINISH:
            record_held(connection, settings, report.work.account, report.work.imported)


def make_result_again(connection: Connection, settings: Settings, key: str) -> StageReport:
    """Write the result of the import's latest attempt once more; nothing else is done.

    Raises:
        RosterlineError: it has no attempt that came so far, or a fault; no value of a patient.
    """
    work = explained(
        partial(load_work, connection, settings, key), FINISH.name, key, debug=settings.debug
    )
    run_id = work.attempt.run_id or ""
    return run_stage(FINISH, connection, settings, key, run_id=run_id, again=False)
