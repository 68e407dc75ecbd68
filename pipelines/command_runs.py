"""Runs of the import job in this process, for the command line.

They use the same job, partitions, tags and Dagster instance as the sensor's runs, so the UI shows
an import that a command started like any other.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from uuid import uuid4

import dagster as dg

from assets.partitions import CLAIMED, NO_RETRY
from pipelines.ask_run_server import RunFailed
from pipelines.definitions import defs
from pipelines.endings import give_up
from pipelines.jobs import CHECK_FILES, import_files
from pipelines.process_environment import dagster_environment
from pipelines.run_requests import PARTITION_TAG
from pipelines.runs_of_imports import PARTITIONS, keys_under_way, started_runs
from registry.accounts.accounts import Account
from registry.database.connections import connect
from registry.database.held_locks import hold
from registry.ledger.claims import lock_of, take_up_waiting
from registry.ledger.due_imports import Batch, due_batches, unfinished
from registry.ledger.imports import Import, get_import, latest_attempt
from registry.ledger.moves import IMPORT_IS_UNDER_WAY
from registry.settings import Settings
from schemas.errors import NotAllowed, RosterlineError

LOOK_SECONDS = 0.5

Around = Callable[[Import], AbstractContextManager[None]]
"""A context manager that surrounds the run of an import, for example to show its progress."""


Begun = Callable[[str], object]


def _nobody(_: str) -> None:
    """Is told the id of a run."""


def _nothing(_: Import) -> AbstractContextManager[None]:
    return nullcontext()


def run_import(settings: Settings, imported: Import, begun: Begun = _nobody) -> None:
    """Take up one waiting import, run its stages, and return when the import is over.

    `begun` is told the id of its run. If another run took it up first, this waits for its end.

    Raises:
        RunFailed: the run ended with an error; the message names the run.
        RosterlineError: a stage cannot use the database or the storage.
        KeyboardInterrupt: the import keeps its state and can be continued.
    """
    with instance_of(settings) as instance:
        if not run_waiting(instance, settings, imported, begun):
            wait_until_over(settings, imported)


def run_waiting(
    instance: dg.DagsterInstance,
    settings: Settings,
    imported: Import,
    begun: Begun = _nobody,
) -> bool:
    """Take up one waiting import and run its stages; `begun` is told the id of its run.

    Returns:
        Whether it was waiting; otherwise nothing was done.

    Raises:
        RunFailed, RosterlineError, KeyboardInterrupt: as `run_import`.
    """
    run_id = str(uuid4())
    with connect(settings) as connection:
        is_ours = take_up_waiting(connection, imported, run_id)
    if is_ours:
        begun(run_id)
        _run(instance, settings, imported, run_id=run_id)
    return is_ours


def run_batch(
    settings: Settings, batch: Sequence[Import], around: Around = _nothing, *, again: bool = False
) -> None:
    """Run imports in order, one run each; what another run works on is left alone.

    If a run fails, the remaining imports still run. With `again`, imports that are over get a
    further attempt, as they do from a materialisation in the UI.

    Raises:
        RosterlineError: the error of the first run that failed, raised after the last run.
        KeyboardInterrupt: imports that are not over can be continued.
    """
    first: RosterlineError | None = None
    with instance_of(settings) as instance:
        for imported in batch:
            try:
                with around(imported):
                    _run(instance, settings, imported, again=again)
            except RosterlineError as error:
                first = first or error
    if first is not None:
        raise first


def next_batch(settings: Settings, account: Account, but: Collection[str]) -> Batch:
    """The next waiting imports of this account, without those keys; empty if none waits."""
    with instance_of(settings) as instance, connect(settings) as connection:
        batches = due_batches(
            connection,
            limit=settings.max_imports_per_run,
            account=account,
            under_way=keys_under_way(instance),
        )
    found = batches[0] if batches else ()
    return tuple(each for each in found if each.partition_key not in but)


def cut_off(settings: Settings) -> Batch:
    """The imports in processing that no run works on; those whose tries are over are given up."""
    with instance_of(settings) as instance, connect(settings) as connection:
        started, under_way = started_runs(instance), keys_under_way(instance)
        found = [
            each
            for each in unfinished(connection)
            if not each.is_at_work
            and (each.imported.partition_key not in under_way or each.run_id in started)
        ]
        now = datetime.now(UTC)
        return tuple(
            each.imported for each in found if not give_up(connection, settings, each.imported, now)
        )


def give_up_import(settings: Settings, imported: Import, by: str) -> bool:
    """Give up an import on which no run works; `by` is the person who says so.

    Returns:
        Whether it was given up; it may have come to its end meanwhile.

    Raises:
        NotAllowed: a run works on it.
    """
    with connect(settings) as connection:
        if not hold(connection, lock_of(imported)):
            raise NotAllowed(
                f"a run works on import {imported.partition_key}; wait for its end, or cancel it "
                "with `rosterline cancel`"
            )
        return give_up(connection, settings, imported, datetime.now(UTC), by=by)


@contextmanager
def instance_of(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance of this home, for a command."""
    os.environ.update(dagster_environment(settings))
    with dg.DagsterInstance.get() as instance:
        yield instance


def _run(
    instance: dg.DagsterInstance,
    settings: Settings,
    imported: Import,
    *,
    run_id: str | None = None,
    again: bool = False,
) -> None:
    if not imported.dry_run:
        instance.add_dynamic_partitions(PARTITIONS, [imported.partition_key])
    if run_id is None:
        run_id = str(uuid4())
        if not again:
            # So that nothing waits for this run if this process is killed before it begins.
            with connect(settings) as connection:
                take_up_waiting(connection, imported, run_id)
    tags = NO_RETRY if again else CLAIMED | NO_RETRY
    job, partition = import_files.name, imported.partition_key
    try:
        defs.resolve_job_def(CHECK_FILES if imported.dry_run else job).execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=None if imported.dry_run else partition,
            tags=tags | ({PARTITION_TAG: partition} if imported.dry_run else {}),
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
        if isinstance(error.__cause__, RosterlineError):
            raise error.__cause__ from None
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


def wait_until_over(settings: Settings, imported: Import) -> None:
    """Wait for the end of an import that another run has taken up."""
    with connect(settings) as connection:
        connection.autocommit = True
        while get_import(connection, imported.partition_key).state in IMPORT_IS_UNDER_WAY:
            time.sleep(LOOK_SECONDS)
