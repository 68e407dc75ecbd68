"""Partitions and tags of runs. One partition per import, added when the import is claimed.

A key is `<received date>_<account>_<10 hex digits of the import id>`, never a file name and never
patient data; the grammar `[A-Za-z0-9._=-]{1,120}` keeps clear of characters that Dagster's
partition selection mishandles (commas, quotes).
"""

import dagster as dg

imports_partitions = dg.DynamicPartitionsDefinition(name="imports")

CLAIM_TAG = "rosterline/claim"
"""Tag of runs that the sensor, the schedules and the command line start for claimed imports.

In such a run an import that is over is left alone; in any other run (a backfill, a click on
Materialize) `landed_files` opens a further attempt over it.
"""

PROCESS_TAG = "rosterline/process"
"""Tag that names the process a run is in. Dagster cannot notice that a run was killed; with this
`pipelines/interruptions.py` can, and the import is gone on with."""
