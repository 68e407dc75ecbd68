"""Runs in processes that the run server forks, with their libraries loaded.

`in_place.yaml` names the class. Without a run server, and for the runs of other code locations, it
is Dagster's own: the code server starts a process, which loads the libraries first.
"""

from typing import Any

from dagster._core.launcher import LaunchRunContext
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG

from pipelines import ask_run_server
from registry.settings import Settings

LOCATION_NAME = "rosterline"
"""The code location whose definitions the run server has."""


class WarmRunLauncher(DefaultRunLauncher):
    """`DefaultRunLauncher`, which asks the run server first."""

    def __init__(self, **config: Any) -> None:  # noqa: ANN401 - as Dagster's
        super().__init__(**config)
        self._settings: Settings | None = None

    @property
    def _own(self) -> Settings:
        # When they are first needed: each tick of a sensor makes an instance, and with it this.
        self._settings = self._settings or Settings()
        return self._settings

    def launch_run(self, context: LaunchRunContext) -> None:
        """Hand a run out."""
        origin = context.dagster_run.remote_job_origin
        is_ours = origin is not None and origin.location_name == LOCATION_NAME
        if not (is_ours and ask_run_server.execute(self._own, context.dagster_run.run_id)):
            super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run, as Ctrl-C would; False for one that nobody has."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if GRPC_INFO_TAG in run.tags:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        # Before it is interrupted: its process looks whether that was asked for.
        self._instance.report_run_canceling(run)
        return ask_run_server.terminate(self._own, run_id)
