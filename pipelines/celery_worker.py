"""The application of Celery workers: `celery --app pipelines.celery_worker worker`.

Everything it needs stands in the instance's `dagster.yaml`, where the launcher has it too. The
libraries of the stages are loaded here, before Celery forks the processes that execute runs, so
each of them has them from its first run on, and shares their memory.
"""

import gc
import os

from celery.signals import setup_logging, worker_process_init
from dagster._core.instance.ref import InstanceRef
from dagster_celery.tasks import create_execute_job_task, create_resume_job_task

from pipelines.definitions import defs
from pipelines.run_launchers.celery import WatchedCeleryRunLauncher
from registry.logs import set_up_logs
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings
from schemas.errors import NotAllowed


def _launcher() -> WatchedCeleryRunLauncher:
    # Not `DagsterInstance.get()`: processes that are forked must not share its connections.
    launcher = InstanceRef.from_dir(os.environ["DAGSTER_HOME"]).run_launcher
    if not isinstance(launcher, WatchedCeleryRunLauncher):
        raise NotAllowed("ROSTERLINE_RUN_LAUNCHER is not celery, so no worker gets any run")
    return launcher


app = _launcher().celery
execute_job = create_execute_job_task(app)
resume_job = create_resume_job_task(app)


def _set_up_logs(**_: object) -> None:
    # Celery then leaves the logs alone, and its lines look like those of the other services.
    set_up_logs(Settings())


def _begin(**_: object) -> None:
    """In each process that executes runs, before its first run."""
    os.umask(PRIVATE_UMASK)
    defs.resolve_all_job_defs()
    # What is loaded now stays; a collection need not look through it, nor copy its pages.
    gc.freeze()


setup_logging.connect(_set_up_logs)
worker_process_init.connect(_begin)
