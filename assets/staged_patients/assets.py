"""Asset `staged_patients`: every row in canonical form, judged."""

import dagster as dg

from assets.materialisation import check_result, run_for_partitions
from assets.partitions import imports_partitions
from assets.resources import RosterlineResource
from assets.staged_patients.stage import STAGE


@dg.asset(
    deps=["landed_files"],
    group_name="imports",
    owners=["team:data-engineering"],
    kinds={"duckdb", "pandera"},
    metadata={"docs": dg.MetadataValue.path("docs/reference/issue-codes.md")},
    partitions_def=imports_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        dg.AssetCheckSpec(
            "staged_rows_keep_the_contract",
            asset="staged_patients",
            description="Every accepted value keeps every rule of its format (pandera).",
        ),
    ],
)
def staged_patients(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult:
    """Each row's cells as canonical text, and the issues found in them.

    **Grain**: one row per record, in the DuckDB file of the import (tables `raw`, `normalised`,
    `staged`, `issues`), which can be opened with any DuckDB client.

    **Source**: `landed_files`; the rules are those of the account's format.

    **Run again**: makes the same tables from the same rows.
    """
    reports = run_for_partitions(STAGE, context, rosterline)
    broken = [r.work.imported.partition_key for r in reports if r.figures.get("broken clauses")]
    return dg.MaterializeResult(
        check_results=[check_result("staged_rows_keep_the_contract", reports, broken)]
    )
