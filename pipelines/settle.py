"""Job `settle_imports`: ends imports that no run brings to their end any more, for their senders.

Sensors ask for it, because a tick changes nothing itself. Each entry is looked at again when the
job runs; what has changed meanwhile is left alone, so it does no harm to ask twice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from assets.imports.work import Work
from assets.materialisation import Event
from assets.partitions import NO_RETRY
from assets.resources import RosterlineResource
from assets.stage_runs import StageReport
from pipelines.endings import cancel, give_up
from pipelines.run_requests import ASKED_TAG
from pipelines.runs_of_imports import is_of_imports
from registry.ledger.due_imports import unfinished
from registry.ledger.imports import get_import
from registry.ledger.run_locks import runs_at_work

TERMINATED = "its run was terminated in Dagster"

IN_A_WHILE = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)
"""For faults that pass, such as a restart of PostgreSQL."""


class Settling(dg.Config):
    """What there is to settle: partition keys of imports, ids of runs."""

    cancelled: list[str] = Field([], description="Imports whose run was terminated.")
    given_up: list[str] = Field([], description="Imports whose tries are over.")
    gone: list[str] = Field(
        [], description="Runs whose process is gone, which Dagster has not noticed."
    )


@dg.op(retry_policy=IN_A_WHILE, out={})
def settle(
    context: dg.OpExecutionContext, config: Settling, rosterline: RosterlineResource
) -> Iterator[Event]:
    """Cancel imports, give imports up, and report runs whose process is gone as failed.

    A result that is written here is materialised like one that the import's own run writes.
    """
    settings = rosterline.settings
    written: list[StageReport] = []
    with rosterline.connect() as connection:
        for key in config.cancelled:
            now, imported = datetime.now(UTC), get_import(connection, key)
            done = cancel(
                connection, settings, imported, now, reason=TERMINATED, show=written.append
            )
            context.log.info("%s: %s", key, done)
        for key in config.given_up:
            now, imported = datetime.now(UTC), get_import(connection, key)
            is_given_up = give_up(connection, settings, imported, now, show=written.append)
            context.log.info("%s: %s", key, "given up" if is_given_up else "left alone")
        at_work = {each.run_id for each in unfinished(connection) if each.is_at_work}
        at_work |= runs_at_work(connection, config.gone)
    for run_id in set(config.gone) - at_work:
        report_gone(context.instance, run_id)
    work = Work(context, rosterline)
    for report in written:
        yield from work.result_of_another_run(report)


def report_gone(instance: dg.DagsterInstance, run_id: str) -> None:
    """Tell Dagster that the process of a started run is gone.

    It need not retry a run of imports: whoever noticed that has asked for runs of them.
    """
    run = instance.get_run_by_id(run_id)
    if run is not None and run.status is dg.DagsterRunStatus.STARTED:
        if is_of_imports(run):
            instance.add_run_tags(run_id, NO_RETRY)
        instance.report_run_failed(run, "the process of this run is gone")


@dg.job(
    description="Cancels imports whose run was terminated, gives up those whose tries are over, "
    "and notices runs whose process is gone. Sensors ask for it.",
)
def settle_imports() -> None:
    """One op; what it settles is in its config."""
    settle()


def settling(name: str, **what: list[str]) -> dg.RunRequest:
    """A request to settle; Dagster starts one run for each `name`."""
    return dg.RunRequest(
        run_key=name,
        run_config={"ops": {settle.name: {"config": what}}},
        job_name=settle_imports.name,
        tags={ASKED_TAG: name},
    )
