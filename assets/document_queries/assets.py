"""Asset `document_queries`: documents that other organisations hold about an import's patients."""

import dagster as dg

from assets.document_queries.query import RUN_SECONDS, query_import
from assets.materialisation import attach_report, check_result, note_process
from assets.partitions import imports_partitions
from assets.resources import RosterlineResource
from assets.stage_runs import StageReport


@dg.asset(
    # The result files are a dependency because the import is completed only after them.
    deps=["patients", "result_files"],
    group_name="documents",
    owners=["team:data-engineering"],
    kinds={"fhir", "postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/query-documents.md")},
    partitions_def=imports_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="documents",
    check_specs=[
        dg.AssetCheckSpec(
            "every_changed_patient_has_a_query",
            asset="document_queries",
            description="Each patient who was created or updated and is not opted out has one.",
        ),
        dg.AssetCheckSpec(
            "queries_are_answered",
            asset="document_queries",
            description="No query failed, and the endpoint is well; warns.",
        ),
    ],
)
def document_queries(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult:
    """A search for the documents of each patient whom the import created or updated.

    **Grain**: one partition per import; one row of `document_query` per attempt and patient.

    **Source**: the ledger's outcomes, the registry's patients at the time of the query, and the
    FHIR endpoint. Patients who opted out are never queried.

    **Run again**: continues the open queries and plans none twice. A run that a person starts also
    repeats queries that failed or were `not-configured`.
    """
    again = note_process(context)
    seconds = RUN_SECONDS / len(context.partition_keys)
    reports: list[StageReport] = []
    for key in context.partition_keys:
        with rosterline.connect() as connection:
            report = query_import(
                connection, rosterline.settings, key, seconds=seconds, again=again
            )
        attach_report("document_queries", context, report)
        reports.append(report)
        if report.figures.keys() & {"endpoint", "gave way"}:
            seconds = 0.0  # the others would wait for the same endpoint, or are of this account
    return dg.MaterializeResult(
        check_results=[
            check_result("every_changed_patient_has_a_query", reports, _keys(reports, "unplanned")),
            check_result(
                "queries_are_answered", reports, _keys(reports, "failed", "endpoint"), warn=True
            ),
        ]
    )


def _keys(reports: list[StageReport], *figures: str) -> list[str]:
    """Partition keys of the imports that have any of these figures."""
    return [
        each.work.imported.partition_key
        for each in reports
        if any(each.figures.get(figure) for figure in figures)
    ]
