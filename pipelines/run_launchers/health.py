"""Whether the process of a run is there: by the run's lock in PostgreSQL, on whatever machine."""

import time
from collections.abc import Callable
from functools import cached_property

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus

from pipelines.interrupted_imports import WITHOUT_HOLDER_SECONDS
from registry.database.connections import connect
from registry.ledger.run_locks import runs_at_work
from registry.settings import Settings

GONE = "no process has held the lock of this run for {:.0f} seconds"


class HealthByLock:
    """What run monitoring is told of started runs.

    A started run holds a lock in PostgreSQL (`registry/ledger/run_locks.py`). One that has had none
    for `WITHOUT_HOLDER_SECONDS` is lost; run monitoring then fails it, and `run_retries` starts
    another one. A broker or a cluster says less: Celery calls a run whose worker was killed as a
    whole "started" for ever, and one whose state Redis forgot, or which a command executes, lost.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._without_lock_since: dict[str, float] = {}

    @cached_property
    def _settings(self) -> Settings:
        # When they are first needed: each tick of a sensor makes an instance, and with it this.
        return Settings()

    def judge(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether this started run is at work; it counts as running while that is open.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        with connect(self._settings) as connection:
            is_at_work = run.run_id in runs_at_work(connection, [run.run_id])
        if is_at_work:
            self._without_lock_since.pop(run.run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        now = self._clock()
        since = self._without_lock_since.setdefault(run.run_id, now)
        if now - since < WITHOUT_HOLDER_SECONDS:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        del self._without_lock_since[run.run_id]
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, GONE.format(WITHOUT_HOLDER_SECONDS))
