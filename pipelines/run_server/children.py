"""What the children of the run server do, each in a process of its own."""

import json
import logging
import socket
from typing import Any

from dagster._cli.api import _execute_run_command_body
from dagster._utils.interrupts import capture_interrupts

from pipelines.command_runs import instance_of, run_import
from pipelines.run_statuses import UNDER_WAY
from registry.database.connections import connect
from registry.ledger.imports import get_import
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger("rosterline.runs")


def execute_run(settings: Settings, run_id: str) -> None:
    """Execute a run that Dagster's launcher handed out, as a process of the code server would."""
    with capture_interrupts(), instance_of(settings) as instance:
        _execute_run_command_body(run_id, instance, lambda _: None, set_exit_code_on_failure=False)


def run_for_command(settings: Settings, key: str, connection: socket.socket) -> None:
    """Run a waiting import for a command, and tell it at the end what kept the run from its end."""
    ended: dict[str, Any] = {"ended": True, "error": None}
    try:
        with connect(settings) as database:
            imported = get_import(database, key)
        run_import(settings, imported)
    except RosterlineError as error:
        # Its texts have no value of a patient.
        ended["error"] = {"said": error.said, "advice": error.advice}
    connection.sendall(json.dumps(ended).encode() + b"\n")


def report_lost(settings: Settings, run_id: str, status: int) -> None:
    """Tell Dagster that the process of a run ended before the run did; it may retry the run."""
    with instance_of(settings) as instance:
        run = instance.get_run_by_id(run_id)
        if run is not None and run.status in UNDER_WAY:
            instance.report_run_failed(run, f"the process of this run ended with {_said(status)}")


def _said(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"
