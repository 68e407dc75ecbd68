"""Dagster's Celery launcher, with what it lacks: whether a run is at work, and a clean end.

`celery.yaml` names the class; the workers are `pipelines/celery_worker.py`.
"""

import warnings
from typing import Any

import dagster as dg
from celery.exceptions import DuplicateTaskNameWarning
from dagster._core.launcher import CheckRunHealthResult
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from pipelines.run_launchers.health import HealthByLock

# Dagster's launcher declares its task anew for each run, and Celery keeps the first one.
warnings.filterwarnings("ignore", category=DuplicateTaskNameWarning)


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """`CeleryRunLauncher`, whose runs are judged by their locks and interrupted like any other."""

    def __init__(self, **config: Any) -> None:  # noqa: ANN401 - as Dagster's
        super().__init__(**config)
        # Dagster's launcher declares a queue called "dagster" only, whatever its default queue.
        (queue,) = self.celery.conf.task_queues
        queue.name = self.default_queue
        queue.routing_key = f"{self.default_queue}.#"
        self._health = HealthByLock()

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether a started run is at work.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        return self._health.judge(run)

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run, as Ctrl-C would; False for one that no worker has."""
        run = self._instance.get_run_by_id(run_id)
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG) if run and not run.is_finished else None
        if run is None or task_id is None:
            return False
        self._instance.report_run_canceling(run)
        # SIGTERM, Dagster's choice, would end the process before it could say that it was
        # interrupted. A process of Celery ignores SIGINT except where Dagster waits for it.
        self.celery.control.revoke(task_id, terminate=True, signal="SIGINT")
        return True
