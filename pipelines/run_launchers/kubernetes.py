"""Dagster's Kubernetes launcher, with health by lock: a command's run has no job in the cluster.

`kubernetes.yaml` names the class.
"""

from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_k8s import K8sRunLauncher

from pipelines.run_launchers.health import HealthByLock


class WatchedK8sRunLauncher(K8sRunLauncher):
    """`K8sRunLauncher`, for which a run without a job is lost only if it holds no lock either."""

    def __init__(self, **config: Any) -> None:  # noqa: ANN401 - as Dagster's
        super().__init__(**config)
        self._health = HealthByLock()

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """What the cluster says of a run's job; where it cannot tell, what the run's lock says.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        found = super().check_run_worker_health(run)
        return self._health.judge(run) if found.status is not WorkerStatus.FAILED else found
