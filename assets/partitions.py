"""Partitions, their freshness, and tags of runs. One partition per import, added at its claim.

A key is `<received date>_<account>_<10 hex digits of the import id>`, never a file name and never
patient data; the grammar `[A-Za-z0-9._=-]{1,120}` keeps clear of characters that Dagster's
partition selection mishandles (commas, quotes).
"""

import socket
import warnings
from collections.abc import Mapping

import dagster as dg
import psutil

from registry.ledger.silent_senders import EXPECTED_WITHIN, MISSED_AFTER
from registry.processes import ProcessId

# For each asset and in each process it would say that it is in beta.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)

imports_partitions = dg.DynamicPartitionsDefinition(name="imports")

FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=EXPECTED_WITHIN, fail_window=MISSED_AFTER)
"""How old the newest partition may become, whichever sender's it is; a further attempt makes it
fresh again. The check `senders_keep_sending` looks at each sender, and at what was received."""

# Dagster's UI leaves tags out that begin so: ours tell a reader of the list of runs nothing.
_HIDDEN = ".dagster/"

CLAIM_TAG = f"{_HIDDEN}rosterline-claim"
"""Tag of runs that the sensor, the schedules and the command line start for claimed imports.

In such a run an import that is over is left alone; in any other run (a backfill, a click on
Materialize or Re-execute) `landed_files` opens a further attempt over it.
"""

_PROCESS_TAG = f"{_HIDDEN}rosterline-process"
_PARENT_TAG = "dagster/parent_run_id"

NO_RETRY = {"dagster/max_retries": "0"}
"""Tags of runs that Dagster shall not execute again by itself when their process is gone."""

CLAIMED = {CLAIM_TAG: "true", **NO_RETRY}
"""Tags of runs of a claim. Sensors find out what was cut off, and count how often."""


def by_a_person(tags: Mapping[str, str]) -> bool:
    """Whether a person asked for a run with these tags: it is no claim's, or one run once more.

    A run that is executed again has the tags of the first; that of a claim only a person executes
    again.
    """
    return CLAIM_TAG not in tags or _PARENT_TAG in tags


def process_tag(run_id: str) -> dict[str, str]:
    """The tag that names the process which the run is in: this one.

    Dagster cannot notice that a run was killed; with this `is_in_dead_process` can, and the import
    is gone on with. The run's id is part of it because a run that is executed again has the tags
    of the first, until its own process begins.
    """
    own = ProcessId.of(psutil.Process())
    return {_PROCESS_TAG: f"{run_id} {socket.gethostname()} {own.pid} {own.started}"}


def is_in_dead_process(run: dg.DagsterRun) -> bool:
    """Whether the run began in a process of this machine that is gone."""
    match run.tags.get(_PROCESS_TAG, "").split():
        case [run.run_id, host, pid, started] if host == socket.gethostname():
            return ProcessId(int(pid), float(started)).find() is None
    return False
