"""Job `check_files`: a dry run of one file, in a run of its own kind.

The stages and their code are those of an import. It materialises no asset and has no partition,
because nothing is imported: a file that is wrong is what the check found, and its run is green.
"""

import dagster as dg

from assets.imports.turns import RunOfImports, take_turn
from assets.imports.work import failed_by_error
from assets.lineage_events.publish import publish
from assets.partitions import by_a_person, retried_runs
from assets.resources import RosterlineResource
from assets.stage_runs import StageReport
from pipelines.jobs import CHECK_FILES
from pipelines.run_requests import PARTITION_TAG
from registry.ledger.claims import LeftAlone
from schemas.errors import RosterlineError


@dg.op(pool="checks")
def check_file(context: dg.OpExecutionContext, rosterline: RosterlineResource) -> None:
    """Check the file that the tag `dagster/partition` names, and write what became of its rows.

    It fails if the work could not be done, and not if the file is wrong.
    """
    key = context.run.tags.get(PARTITION_TAG, "")
    tags = context.run.tags
    run = RunOfImports(context.run.run_id, by_a_person(tags), retried_runs(tags))
    try:
        last = _checked(context, rosterline, key, run)
    except RosterlineError as error:
        failed = failed_by_error(key, error)
        raise dg.Failure(f"the check {key} could not be done: {failed.reason}") from None
    if last is not None:
        publish(rosterline.settings, [last.work], context.run.job_name)


def _checked(
    context: dg.OpExecutionContext, rosterline: RosterlineResource, key: str, run: RunOfImports
) -> StageReport | None:
    last = None
    with rosterline.connect() as connection:
        for report in take_turn(connection, rosterline.settings, key, run):
            if isinstance(report, LeftAlone):
                context.log.info("left alone: import=%s %s", report.imported.id, report.reason)
                return None
            context.log.info(
                "stage done: import=%s stage=%s seconds=%.2f fault=%s",
                report.work.imported.id,
                report.stage,
                report.seconds,
                report.fault.code if report.fault else None,
            )
            last = report
    return last


@dg.job(
    name=CHECK_FILES,
    description="Check a file, as the portal and `rosterline import --dry-run` ask: the same "
    "stages as an import, and no patient changes. Green when the check was made, also of a wrong "
    "file.",
    tags={"dagster/retry_strategy": "ALL_STEPS"},
)
def check_files() -> None:
    """One file a run; the tag `dagster/partition` says which."""
    check_file()
