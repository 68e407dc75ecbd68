"""Asset `landed_files`: the sender's bytes, as rows."""

import dagster as dg

from assets.landed_files.land import LAND
from assets.materialisation import check_result, run_for_partitions
from assets.partitions import FRESHNESS, imports_partitions
from assets.resources import RosterlineResource


@dg.asset(
    group_name="imports",
    owners=["team:data-engineering"],
    kinds={"csv", "duckdb"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/send-a-file.md")},
    partitions_def=imports_partitions,
    freshness_policy=FRESHNESS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        dg.AssetCheckSpec(
            "files_can_be_read",
            asset="landed_files",
            description="Every file of this run could be imported as a whole; warns.",
        ),
    ],
)
def landed_files(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult:
    """The received file, byte for byte in the archive, and its records as rows of text.

    **Grain**: one partition per import, one row per record of the file, known by its line number
    as a spreadsheet shows it.

    **Source**: SFTP, HTTP API, portal, drop folder or the command line.

    **Run again**: opens a further attempt over the archived bytes; the earlier attempts, their
    outcomes and result files stay.
    """
    reports = run_for_partitions(LAND, context, rosterline)
    broken = [report.work.imported.partition_key for report in reports if report.fault]
    return dg.MaterializeResult(
        check_results=[check_result("files_can_be_read", reports, broken, warn=True)]
    )
