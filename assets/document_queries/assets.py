"""Asset `document_queries`: documents that other organisations hold about an import's patients."""

from collections.abc import Iterator
from contextlib import suppress

import dagster as dg
import psycopg

from assets.document_queries.query import NAME, RUN_SECONDS, query_import
from assets.each_import import following_spec, for_each_import
from assets.materialisation import Event, FigureCheck
from assets.partitions import by_a_person, imports_partitions
from assets.resources import RosterlineResource
from assets.stage_runs import StageReport
from registry.documents.plans import put_off
from schemas.errors import RosterlineError

CHECKS = (
    FigureCheck(
        "every_changed_patient_has_a_query",
        ("unplanned",),
        "Each patient who was created or updated and has not opted out has a query.",
    ),
    FigureCheck(
        "queries_are_answered",
        ("failed", "endpoint"),
        "No query failed, and the FHIR endpoint answers; warns.",
        warn=True,
    ),
)


SPEC = following_spec(
    NAME,
    """A search for the documents of each patient whom the import created or updated.

    **Grain**: one partition per import; one row of `document_query` per attempt and patient.

    **Source**: the ledger's outcomes, the registry's patients at the time of the query, and the
    FHIR endpoint. Patients who opted out are never queried.

    **Run again**: continues the open queries and plans none twice. A run that a person starts also
    repeats queries that failed or were `not-configured`. An import that starts no queries is left
    as it is.
    """,
    group_name="documents",
    kinds={"fhir", "postgres"},
    docs="docs/tasks/query-documents.md",
)


@dg.multi_asset(
    name=NAME,
    specs=[SPEC],
    check_specs=[check.spec(NAME) for check in CHECKS],
    partitions_def=imports_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
    pool="documents",
)
def document_queries(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> Iterator[Event]:
    """Plan the queries of each import of the run, and send those that are due."""
    again = by_a_person(context.run.tags)
    seconds = RUN_SECONDS / len(context.partition_keys)

    def query(key: str) -> StageReport:
        nonlocal seconds
        try:
            with rosterline.connect() as connection:
                report = query_import(
                    connection, rosterline.settings, key, seconds=seconds, again=again
                )
        except RosterlineError:
            # Otherwise it would be asked for at once, and always before the others of its account.
            with suppress(RosterlineError, psycopg.Error), rosterline.connect() as connection:
                put_off(connection, key)
            raise
        if report.figures.keys() & {"endpoint", "gave way"}:
            seconds = 0.0  # the others would wait for the same endpoint, or are of this account
        return report

    yield from for_each_import(context, NAME, CHECKS, query)
