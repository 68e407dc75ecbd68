"""Runs of the import job in this very process, for the command line.

The same job, partitions and tags as the sensor's runs, in the same Dagster instance: what a
command imports is seen in the UI like everything else. A run carries the identity of its
process, so that a run whose process was killed is not waited for.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from uuid import uuid4

import dagster as dg

from assets.partitions import CLAIMED, NO_RETRY, process_tag
from pipelines.definitions import defs
from pipelines.given_up import give_up
from pipelines.import_claims import (
    PARTITIONS,
    claim_for_rerun,
    end_runs_of_killed_processes,
    keys_under_way,
)
from pipelines.interrupted_imports import ENDED
from pipelines.jobs import import_files
from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import Account
from registry.database.connections import connect
from registry.ledger.claims import Batch, claim_lock, claim_one, claim_waiting, unfinished
from registry.ledger.imports import Import, get_import, latest_attempt
from registry.ledger.moves import IMPORT_IS_UNDER_WAY
from registry.settings import Settings
from schemas.errors import NotAllowed, RosterlineError

LOOK_SECONDS = 0.5

Around = Callable[[Import], AbstractContextManager[None]]
"""Is entered while an import runs, for example to show its progress."""


def _nothing(_: Import) -> AbstractContextManager[None]:
    return nullcontext()


class RunFailed(RosterlineError):
    """A run ended by an error that is no fault of the file; the import stays unfinished."""

    code = "run_failed"


def run_import(settings: Settings, imported: Import) -> None:
    """Claim one waiting import and work through it; returns when it is over.

    Where the daemon claimed it first, its run is waited for.

    Raises:
        RunFailed: the run ended by an error; the message names the run.
        RosterlineError: what a stage says when database or storage cannot be used.
        KeyboardInterrupt: the import stays as it is and can be gone on with.
    """
    with _instance(settings) as instance:
        with connect(settings) as connection, claim_lock(connection):
            claimed = claim_one(connection, imported)
        if claimed:
            _run(instance, settings, imported)
        else:
            _wait_until_over(settings, imported)


def run_batch(
    settings: Settings, batch: Sequence[Import], around: Around = _nothing, *, again: bool = False
) -> None:
    """Work through imports that are claimed already, one run each, in order.

    A run that fails does not keep the others from theirs. With `again`, imports that are over get
    a further attempt, as they do from a materialisation in the UI.

    Raises:
        RosterlineError: of the first run that failed, after the last one.
        KeyboardInterrupt: those that are not over can be gone on with.
    """
    first: RosterlineError | None = None
    with _instance(settings) as instance:
        for imported in batch:
            try:
                with around(imported):
                    _run(instance, settings, imported, again=again)
            except RosterlineError as error:
                first = first or error
    if first is not None:
        raise first


def claim_next(settings: Settings, account: Account | None = None) -> Batch:
    """Claim the next waiting imports, of this account or of any; none when nothing waits."""
    limit = settings.max_imports_per_run
    with connect(settings) as connection, claim_lock(connection):
        batches = claim_waiting(connection, limit=limit, account=account, max_batches=1)
    return batches[0] if batches else ()


def claim_cut_off(settings: Settings, *, daemon_runs: bool) -> Batch:
    """Claim again what was cut off: its run has ended, or its process was killed.

    A claimed import without any run is the daemon's, as long as that runs: it is about to start
    one. An import that was cut off too often ends as failed instead.
    """
    with _instance(settings) as instance, connect(settings) as connection:
        end_runs_of_killed_processes(instance)
        under_way = keys_under_way(instance)
        due = [
            each
            for each in unfinished(connection)
            if each.imported.partition_key not in under_way
            and (not daemon_runs or _has_ended(instance, each.run_id))
        ]
        requests = claim_for_rerun(connection, settings, instance, due, datetime.now(UTC))
        return tuple(get_import(connection, request.partition_key or "") for request in requests)


def give_up_import(settings: Settings, imported: Import, by: str) -> bool:
    """Give up an import on which no run works; `by` is the person who says so.

    Returns:
        Whether it was given up; it may have come to its end meanwhile.

    Raises:
        NotAllowed: a run works on it.
    """
    with _instance(settings) as instance, connect(settings) as connection:
        end_runs_of_killed_processes(instance)
        if imported.partition_key in keys_under_way(instance):
            raise NotAllowed(
                f"a run works on import {imported.partition_key}; wait for its end, or terminate "
                "it in the Dagster UI first"
            )
        with claim_lock(connection):
            return give_up(connection, settings, imported, datetime.now(UTC), by=by)


@contextmanager
def _instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    os.environ.update(dagster_environment(settings))
    with dg.DagsterInstance.get() as instance:
        yield instance


def _run(
    instance: dg.DagsterInstance, settings: Settings, imported: Import, *, again: bool = False
) -> None:
    instance.add_dynamic_partitions(PARTITIONS, [imported.partition_key])
    run_id = str(uuid4())
    try:
        defs.resolve_job_def(import_files.name).execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=imported.partition_key,
            # Who gave the command hears that it failed.
            tags=process_tag(run_id) | (NO_RETRY if again else CLAIMED),
            # Dagster keeps the run's log itself; the terminal belongs to the command.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    except RosterlineError:
        raise
    except dg.DagsterExecutionInterruptedError as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        if _has_worked(settings, imported, run_id):
            return  # the file failed, which its own state says
        # Its text may hold a patient's values; Dagster shows the traceback to engineers.
        raise RunFailed(
            f"the run of import {imported.partition_key} ended by {type(error).__name__}; the "
            f"import can be gone on with. Run {run_id} in the Dagster UI shows what happened"
        ) from error


def _has_worked(settings: Settings, imported: Import, run_id: str) -> bool:
    """Whether this very run brought the import to its end; one may have been over before."""
    with connect(settings) as connection:
        is_over = get_import(connection, imported.partition_key).state not in IMPORT_IS_UNDER_WAY
        return is_over and latest_attempt(connection, imported.id).run_id == run_id


def _has_ended(instance: dg.DagsterInstance, run_id: str | None) -> bool:
    run = instance.get_run_by_id(run_id) if run_id else None
    return run is not None and run.status in ENDED


def _wait_until_over(settings: Settings, imported: Import) -> None:
    with connect(settings) as connection:
        connection.autocommit = True
        while get_import(connection, imported.partition_key).state in IMPORT_IS_UNDER_WAY:
            time.sleep(LOOK_SECONDS)
