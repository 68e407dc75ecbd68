"""Partitions, their freshness, and tags of runs. One partition per import, added at its claim.

A key is `<received date>_<account>_<10 hex digits of the import id>`, never a file name and never
patient data; the grammar `[A-Za-z0-9._=-]{1,120}` keeps clear of characters that Dagster's
partition selection mishandles (commas, quotes).
"""

import socket

import dagster as dg
import psutil

from registry.processes import ProcessId
from registry.silence import EXPECTED_WITHIN, MISSED_AFTER

imports_partitions = dg.DynamicPartitionsDefinition(name="imports")

FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=EXPECTED_WITHIN, fail_window=MISSED_AFTER)
"""How old the newest partition may become, whichever sender's it is; a further attempt makes it
fresh again. The check `senders_keep_sending` looks at each sender, and at what was received."""

CLAIM_TAG = "rosterline/claim"
"""Tag of runs that the sensor, the schedules and the command line start for claimed imports.

In such a run an import that is over is left alone; in any other run (a backfill, a click on
Materialize) `landed_files` opens a further attempt over it.
"""

PROCESS_TAG = "rosterline/process"
"""Tag that names the process a run is in. Dagster cannot notice that a run was killed; with this
`pipelines/interruptions.py` can, and the import is gone on with."""


def process_tag() -> str:
    """Host, pid and start time of this process; a recycled pid has another start time."""
    own = ProcessId.of(psutil.Process())
    return f"{socket.gethostname()} {own.pid} {own.started}"
