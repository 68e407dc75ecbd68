"""Asset `patients`: the registry, changed in one transaction per attempt."""

import dagster as dg

from assets.materialisation import check_result, run_for_partitions
from assets.partitions import FRESHNESS, imports_partitions
from assets.patients.verify import APPLY
from assets.resources import RosterlineResource


@dg.asset(
    deps=["matched_patients"],
    group_name="registry",
    owners=["team:data-engineering"],
    kinds={"postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/follow-a-value.md")},
    partitions_def=imports_partitions,
    freshness_policy=FRESHNESS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="registry",
    check_specs=[
        dg.AssetCheckSpec(
            "every_row_has_one_outcome",
            asset="patients",
            description="Each row of the file has exactly one outcome in the ledger.",
        ),
        dg.AssetCheckSpec(
            "counts_reconcile",
            asset="patients",
            description="Outcomes add up to the rows; created patients are in the registry.",
        ),
        dg.AssetCheckSpec(
            "no_orphans",
            asset="patients",
            description="No row, and so no part, names a patient who is not there.",
        ),
        dg.AssetCheckSpec(
            "errored_share_is_usual",
            asset="patients",
            description="The share of failed rows is near the last ten imports'; warns.",
        ),
    ],
)
def patients(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult:
    """The patients of the registry, their parts, the history of every value, and the outcomes.

    **Grain**: one partition per import; in PostgreSQL one row of `patient` per person of an
    account, one of `patient_change` per row that changed something, one of `import_row` per row.

    **Source**: the decisions of `matched_patients`, made again if the registry changed since.

    **Run again**: an attempt is applied once; a second run finds it applied and changes nothing.
    """
    reports = run_for_partitions(APPLY, context, rosterline)

    def broken(figure: str) -> list[str]:
        return [r.work.imported.partition_key for r in reports if r.figures.get(figure)]

    return dg.MaterializeResult(
        check_results=[
            check_result("every_row_has_one_outcome", reports, broken("rows without one outcome")),
            check_result("counts_reconcile", reports, broken("counts apart")),
            check_result("no_orphans", reports, broken("orphans")),
            check_result("errored_share_is_usual", reports, broken("unusual"), warn=True),
        ]
    )
