"""What the children of the run server do, each in a process of its own.

A child has a line to its server, a socket: it says on it which run is under way, so that the run
can be interrupted by its id, and the line ends with the server.
"""

import json
import logging
import os
import signal
import socket
import threading

import dagster as dg
from dagster._cli.api import _execute_run_command_body
from dagster._utils.interrupts import capture_interrupts

from pipelines.command_runs import instance_of, run_import
from pipelines.run_statuses import UNDER_WAY
from registry.database.connections import connect
from registry.ledger.imports import get_import
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger("rosterline.runs")


def execute_run(settings: Settings, run_id: str, line: socket.socket) -> None:
    """Execute a run that Dagster's launcher handed out, as a process of the code server would."""
    _end_with_server(line)
    with capture_interrupts(), instance_of(settings) as instance:
        _execute_run_command_body(run_id, instance, lambda _: None, set_exit_code_on_failure=False)


def run_for_command(
    settings: Settings, key: str, command: socket.socket, line: socket.socket
) -> None:
    """Run a waiting import for a command, and tell it at the end what kept the run from its end."""
    _end_with_server(line)
    failed = None
    try:
        with connect(settings) as database:
            imported = get_import(database, key)
        run_import(settings, imported, lambda run_id: say_run(line, run_id))
    except RosterlineError as error:
        failed = error
    say_ended(command, failed)


def say_ended(command: socket.socket, error: RosterlineError | None) -> None:
    """Tell a command that its run is over, and what kept it from its end."""
    # The texts of our errors have no value of a patient.
    said = {"said": error.said, "advice": error.advice} if error else None
    command.sendall(json.dumps({"ended": True, "error": said}).encode() + b"\n")


def report_lost(settings: Settings, run_id: str, status: int) -> None:
    """Tell Dagster that the process of a run ended before the run did; it may retry the run."""
    with instance_of(settings) as instance:
        run = instance.get_run_by_id(run_id)
        if run is None or run.status not in UNDER_WAY:
            return
        said = f"the process of this run ended with {_said(status)}"
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, said)
        else:
            instance.report_run_failed(run, said)


def say_run(line: socket.socket, run_id: str, key: str = "") -> None:
    """Tell the server which run is under way in this process; empty for none.

    `key` is the import of a command, where the worker of small files runs it.
    """
    line.sendall(f"{run_id} {key}\n".encode())


def _end_with_server(line: socket.socket) -> None:
    """Interrupt this process when its server is gone: nobody else could interrupt or count it."""

    def wait() -> None:
        line.recv(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="line to the server", daemon=True).start()


def _said(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"
