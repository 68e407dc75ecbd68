"""Asset `potential_duplicates`: pairs of patients who may be one person, in the review queue."""

from collections.abc import Iterator

import dagster as dg

from assets.each_import import following_spec, for_each_import
from assets.materialisation import Event, FigureCheck
from assets.partitions import by_a_person, imports_partitions
from assets.potential_duplicates.search import NAME, search_import
from assets.resources import RosterlineResource
from assets.stage_runs import StageReport

RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL)
"""A database that is away for a moment comes back; what was searched is not searched again."""

CHECKS = (
    FigureCheck(
        "every_similar_pair_is_in_the_queue",
        ("pairs missing",),
        "Each pair above the threshold is open, or was judged before.",
    ),
    FigureCheck(
        "matching_copy_is_complete",
        ("missing in copy",),
        "The account's matching copy has all of its patients, and nobody else.",
    ),
)


SPEC = following_spec(
    NAME,
    """Patients whom the import created or changed, and who may be the same as another patient.

    **Grain**: one partition per import; one row of `review` per pair of an account's patients.

    **Source**: the account's registry as it is now, by its matching copy, and the account's model.
    The import's result was sent before; nothing that the import decided is changed. Where the
    account links automatically, new patients who are certainly stored ones are merged into them.

    **Run again**: an attempt is searched for once. A run that a person starts searches for all
    patients of the import again. Pairs that were judged are left alone for ever. An import without
    such patients is left as it is.
    """,
    group_name="review",
    kinds={"duckdb", "postgres"},
    docs="docs/tasks/review-near-duplicates.md",
)


@dg.multi_asset(
    name=NAME,
    specs=[SPEC],
    check_specs=[check.spec(NAME) for check in CHECKS],
    partitions_def=imports_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
    retry_policy=RETRIES,
    pool="potential_duplicates",
)
def potential_duplicates(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> Iterator[Event]:
    """Search for each import of the run."""
    again = by_a_person(context.run.tags)

    def search(key: str) -> StageReport:
        with rosterline.connect() as connection:
            return search_import(connection, rosterline.settings, key, again=again)

    yield from for_each_import(context, NAME, CHECKS, search)
