"""`rosterline worker`: a Celery worker in this terminal, for other machines and supervisors."""

import os

import typer

from cli.home import read_settings
from cli.services.programs import worker_command
from pipelines.process_environment import PROJECT_DIR, dagster_environment
from registry.processes import PRIVATE_UMASK
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)


@app.command("worker")
def work() -> None:
    """Execute runs that Celery hands out, until stopped.

    For `ROSTERLINE_RUN_LAUNCHER=celery`. `rosterline up` starts some as services; on further
    machines with the same settings this command is all that runs. SIGTERM takes no further run, and
    ends the worker once its runs are over; a second one interrupts them, and they go on elsewhere.
    """
    settings = read_settings()
    if settings.run_launcher != "celery":
        raise NotAllowed("no run comes to a worker; set ROSTERLINE_RUN_LAUNCHER=celery")
    os.environ.update(dagster_environment(settings))
    os.umask(PRIVATE_UMASK)
    os.chdir(PROJECT_DIR)
    command = worker_command(settings, f"worker-{os.getpid()}")
    os.execv(command[0], command)  # noqa: S606 - our own program; signals then reach it directly
