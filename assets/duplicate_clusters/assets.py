"""Asset `duplicate_clusters`: patients of a whole registry who may be one person, in the queue."""

from collections.abc import Iterator

import dagster as dg

from assets.duplicate_clusters.sweep import SweepReport, sweep_account
from assets.materialisation import as_metadata
from assets.partitions import accounts_partitions
from assets.potential_duplicates.assets import RETRIES
from assets.resources import RosterlineResource
from schemas.errors import DatabaseUnavailable, RosterlineError

QUEUE_CHECK = "every_similar_pair_of_the_registry_is_in_the_queue"
COPY_CHECK = "swept_copy_is_complete"


@dg.asset(
    # No dependency on `patients`, which has a partition for each import.
    group_name="review",
    owners=["team:data-engineering"],
    kinds={"duckdb", "postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/review-near-duplicates.md")},
    partitions_def=accounts_partitions,
    retry_policy=RETRIES,
    pool="duplicate_clusters",
    check_specs=[
        dg.AssetCheckSpec(
            QUEUE_CHECK,
            asset="duplicate_clusters",
            description="Each pair above the threshold is open, or was judged before.",
        ),
        dg.AssetCheckSpec(
            COPY_CHECK,
            asset="duplicate_clusters",
            description="The account's matching copy has all of its patients, and nobody else.",
        ),
    ],
)
def duplicate_clusters(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Groups of patients of an account who may be one person, by the whole registry as it is now.

    **Grain**: one partition per account; one row of `review` per pair of an account's patients.

    **Source**: the account's matching copy, and its model. The weekly sweep finds what no import
    asked about: patients from before the account was searched, and pairs that a new model finds.

    **Run again**: pairs that were judged are left alone for ever, open ones get their new score. A
    sweep that fails leaves the queue as it was.
    """
    try:
        with rosterline.connect() as connection:
            report = sweep_account(connection, rosterline.settings, context.partition_key)
    except RosterlineError as error:
        # Its text has no value of a patient; a traceback would say nothing more.
        raise dg.Failure(
            f"the sweep failed, and the queue is as it was: {error}",
            metadata={context.partition_key: str(error)},
            # Nothing else passes by itself: a model file, for example, has to be mended.
            allow_retries=isinstance(error, DatabaseUnavailable),
        ) from None
    yield dg.MaterializeResult(
        metadata=_metadata(report),
        check_results=[
            _check(QUEUE_CHECK, report, "pairs missing"),
            _check(COPY_CHECK, report, "missing in copy"),
        ],
    )


def _metadata(report: SweepReport) -> dict[str, dg.MetadataValue | float | int | str]:
    figures = {name: as_metadata(figure) for name, figure in report.figures.items()}
    return {"account": report.account.name, "seconds": round(report.seconds, 3), **figures}


def _check(name: str, report: SweepReport, figure: str) -> dg.AssetCheckResult:
    count = int(report.figures[figure])
    return dg.AssetCheckResult(check_name=name, passed=not count, metadata={figure: count})
