"""The code location of the imports: assets, jobs, schedules, sensors and checks."""

import dagster as dg

from assets.document_queries.assets import document_queries
from assets.duplicate_clusters.assets import duplicate_clusters
from assets.imports.assets import imports
from assets.potential_duplicates.assets import potential_duplicates
from assets.resources import RosterlineResource
from pipelines.checks import check_files
from pipelines.health_checks import (
    LAST_NIGHT,
    import_fails_or_sticks,
    imports_come_through,
    senders_keep_sending,
)
from pipelines.jobs import jobs
from pipelines.keeping.assets import (
    months_ahead,
    months_job,
    prune_at_night,
    prune_job,
    pruned,
    table_months,
)
from pipelines.notify.job import send_notifications, something_to_tell
from pipelines.potential_duplicates_sensor import potential_duplicates_due
from pipelines.results_again import damaged_result_is_wanted, make_results_again
from pipelines.schedules import schedules
from pipelines.sensors import sensors
from pipelines.settle import settle_imports
from pipelines.sweep_schedule import every_week

defs = dg.Definitions(
    assets=[
        imports,
        document_queries,
        potential_duplicates,
        duplicate_clusters,
        LAST_NIGHT,
        pruned,
        table_months,
    ],
    jobs=[
        *jobs,
        check_files,
        settle_imports,
        make_results_again,
        send_notifications,
        prune_job,
        months_job,
    ],
    schedules=[*schedules, every_week, prune_at_night, months_ahead],
    sensors=[
        *sensors,
        potential_duplicates_due,
        import_fails_or_sticks,
        damaged_result_is_wanted,
        something_to_tell,
    ],
    asset_checks=[imports_come_through, senders_keep_sending],
    resources={"rosterline": RosterlineResource()},
    # One process per run: the five stages share loaded libraries, and starting a process for each
    # stage would cost more time than a small import.
    executor=dg.in_process_executor,
)
