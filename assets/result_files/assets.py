"""Asset `result_files`: the sender's answer."""

from collections.abc import Iterator

import dagster as dg

from assets.lineage_events.publish import publish
from assets.materialisation import check_result, materialise_last, run_for_partitions
from assets.partitions import FRESHNESS, imports_partitions
from assets.resources import RosterlineResource
from assets.result_files.finish import FINISH


@dg.asset(
    deps=["patients"],
    group_name="results",
    owners=["team:data-engineering"],
    kinds={"csv"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/read-a-result.md")},
    partitions_def=imports_partitions,
    freshness_policy=FRESHNESS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        dg.AssetCheckSpec(
            "result_has_a_line_per_row",
            asset="result_files",
            description="The result has a line for every row, no more and no less.",
        ),
    ],
)
def result_files(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult | dg.AssetMaterialization]:
    """The result for every row, in the layout of the sender's format, and the failed rows alone.

    The partition of a file that failed as a whole shows as failed, so that a red partition in the
    morning means a sender to talk to. Such a file has a result nevertheless, with the reason.

    **Grain**: one result file and one file of failed rows per attempt.

    **Source**: the ledger and the archived bytes, nothing else.

    **Run again**: makes the same files, byte for byte, under the same names, and publishes
    the OpenLineage events of the attempts again.
    """
    reports = run_for_partitions(FINISH, context, rosterline)
    publish(rosterline.settings, [report.work for report in reports], context.run.job_name)
    broken = [r.work.imported.partition_key for r in reports if r.figures.get("lines missing")]
    yield check_result("result_has_a_line_per_row", reports, broken)
    yield from materialise_last(context, reports)
