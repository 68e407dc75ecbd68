"""Partitions, their freshness, and tags of runs. Claiming an import adds its partition.

A key is `<received date>_<account>_<10 hex digits of the import id>` and contains neither a file
name nor patient data. Keys match `[A-Za-z0-9._=-]{1,120}`, because Dagster's partition selection
mishandles commas and quotes.
"""

import socket
import warnings
from collections.abc import Mapping

import dagster as dg
import psutil

from registry.ledger.silent_senders import EXPECTED_WITHIN, MISSED_AFTER
from registry.processes import ProcessId

# Dagster would warn for each asset in each process that this parameter is in beta.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)

imports_partitions = dg.DynamicPartitionsDefinition(name="imports")

FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=EXPECTED_WITHIN, fail_window=MISSED_AFTER)
"""How old the newest partition of any sender may become; a further attempt makes it fresh again.
The check `senders_keep_sending` looks at each sender by itself, and at the times of receipt."""

# Dagster's UI hides tags with this prefix; ours are of no use in the list of runs.
_HIDDEN = ".dagster/"

CLAIM_TAG = f"{_HIDDEN}rosterline-claim"
"""Tag of runs that the sensor, the schedules and the command line start for claimed imports.

In such a run an import that is over is left alone; in any other run (a backfill, a click on
Materialize or Re-execute) `landed_files` opens a further attempt over it.
"""

_PROCESS_TAG = f"{_HIDDEN}rosterline-process"
_PARENT_TAG = "dagster/parent_run_id"

NO_RETRY = {"dagster/max_retries": "0"}
"""Tags of runs that Dagster does not retry when their process is gone."""

CLAIMED = {CLAIM_TAG: "true", **NO_RETRY}
"""Tags of runs for claimed imports. A sensor retries what was cut off, and counts how often."""


def by_a_person(tags: Mapping[str, str]) -> bool:
    """Whether a person requested a run with these tags: no claim's run, or a re-executed one.

    A re-executed run has the tags of the first run and names it as parent. Only a person
    re-executes a run for claimed imports.
    """
    return CLAIM_TAG not in tags or _PARENT_TAG in tags


def process_tag(run_id: str) -> dict[str, str]:
    """The tag that says that the run is in this process.

    Dagster does not notice that the process of a run was killed. With this tag,
    `is_in_dead_process` does, and the import is continued. The value contains the run's id, because
    a re-executed run has the tags of the first run until its own process begins.
    """
    own = ProcessId.of(psutil.Process())
    return {_PROCESS_TAG: f"{run_id} {socket.gethostname()} {own.pid} {own.started}"}


def is_in_dead_process(run: dg.DagsterRun) -> bool:
    """Whether the run is in a process of this machine that no longer exists."""
    match run.tags.get(_PROCESS_TAG, "").split():
        case [run.run_id, host, pid, started] if host == socket.gethostname():
            return ProcessId(int(pid), float(started)).find() is None
    return False
