"""Runs of the import job in this process, for the command line.

They use the same job, partitions, tags and Dagster instance as the sensor's runs, so the UI shows
an import that a command started like any other. Each run is tagged with the identity of its
process, so that nothing waits for a run whose process was killed.
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
"""A context manager that surrounds the run of an import, for example to show its progress."""


def _nothing(_: Import) -> AbstractContextManager[None]:
    return nullcontext()


class RunFailed(RosterlineError):
    """A run ended with an error that the file did not cause; the import stays unfinished."""

    code = "run_failed"


def run_import(settings: Settings, imported: Import) -> None:
    """Claim one waiting import, run its stages, and return when the import is over.

    If the daemon claimed the import first, this waits for the daemon's run.

    Raises:
        RunFailed: the run ended with an error; the message names the run.
        RosterlineError: a stage cannot use the database or the storage.
        KeyboardInterrupt: the import keeps its state and can be continued.
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
    """Run claimed imports in order, one run each.

    If a run fails, the remaining imports still run. With `again`, imports that are over get a
    further attempt, as they do from a materialisation in the UI.

    Raises:
        RosterlineError: the error of the first run that failed, raised after the last run.
        KeyboardInterrupt: imports that are not over can be continued.
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
    """Claim the next waiting imports of this account, or of any; empty if no import waits."""
    limit = settings.max_imports_per_run
    with connect(settings) as connection, claim_lock(connection):
        batches = claim_waiting(connection, limit=limit, account=account, max_batches=1)
    return batches[0] if batches else ()


def claim_cut_off(settings: Settings, *, daemon_runs: bool) -> Batch:
    """Claim again the imports that were cut off: their run ended, or its process was killed.

    While the daemon runs, a claimed import without a run is left alone, because the daemon is about
    to start its run. An import that was cut off too often becomes failed instead.
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
            # NO_RETRY: the person at the terminal sees the failure, so the sensor need not retry.
            tags=process_tag(run_id) | (NO_RETRY if again else CLAIMED),
            # Dagster stores the run's log; the terminal shows the command's own output only.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    except RosterlineError:
        raise
    except dg.DagsterExecutionInterruptedError as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        if _has_worked(settings, imported, run_id):
            return  # the file failed, and its state says so
        # The error's text may contain a patient's values, so only its type is shown here. Dagster
        # shows the traceback to engineers.
        raise RunFailed(
            f"the run of import {imported.partition_key} ended with {type(error).__name__}; "
            f"the import can be continued. Run {run_id} in the Dagster UI shows what happened"
        ) from error


def _has_worked(settings: Settings, imported: Import, run_id: str) -> bool:
    """Whether this run finished the import; the import may have been over before."""
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
