"""Asset `matched_patients`: who each row is, and what it would change."""

import dagster as dg

from assets.matched_patients.match import MATCH
from assets.materialisation import run_for_partitions
from assets.partitions import imports_partitions
from assets.resources import RosterlineResource


@dg.asset(
    deps=["staged_patients"],
    group_name="imports",
    owners=["team:data-engineering"],
    kinds={"duckdb", "postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/decisions/003-who-is-this-row.md")},
    partitions_def=imports_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def matched_patients(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult:
    """For each row the patient it is, the outcome it will have and the values it changes.

    **Grain**: one row per record (tables `outcome`, `change`, `final_fact`, `review_pair`
    in the import's DuckDB file).

    **Source**: `staged_patients` and, by indexed keys, the stored patients of the account.

    **Run again**: matches against the registry as it is then; nothing is written to it.
    """
    run_for_partitions(MATCH, context, rosterline)
    return dg.MaterializeResult()
