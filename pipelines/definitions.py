"""The code location of the imports: assets, jobs, schedules, sensors and checks."""

import dagster as dg

from assets.document_queries.assets import document_queries
from assets.landed_files.assets import landed_files
from assets.matched_patients.assets import matched_patients
from assets.patients.assets import patients
from assets.resources import RosterlineResource
from assets.result_files.assets import result_files
from assets.staged_patients.assets import staged_patients
from pipelines.health_checks import (
    import_fails_or_sticks,
    imports_come_through,
    senders_keep_sending,
)
from pipelines.jobs import jobs
from pipelines.schedules import schedules
from pipelines.sensors import sensors

defs = dg.Definitions(
    assets=[
        landed_files,
        staged_patients,
        matched_patients,
        patients,
        result_files,
        document_queries,
    ],
    jobs=jobs,
    schedules=schedules,
    sensors=[*sensors, import_fails_or_sticks],
    asset_checks=[imports_come_through, senders_keep_sending],
    resources={"rosterline": RosterlineResource()},
    # One process per run: the five stages share loaded libraries, and starting a process for each
    # stage would cost more time than a small import.
    executor=dg.in_process_executor,
)
