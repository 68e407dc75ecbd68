"""The sensors of imports: one for files that arrive, one for imports that were cut off."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg
from psycopg import Connection

from assets.resources import RosterlineResource
from pipelines.document_sensor import document_queries_due
from pipelines.import_claims import (
    MAX_RUNS_PER_TICK,
    claim_for_rerun,
    claim_for_runs,
    end_runs_of_killed_processes,
    keys_under_way,
    statuses_of,
)
from pipelines.interrupted_imports import find_interrupted
from pipelines.jobs import import_files
from pipelines.sensor_cursors import read_observations, read_times, write_observations, write_times
from registry.accounts.accounts import Account, list_accounts
from registry.landing import drop_folder
from registry.landing.stability import Observations
from registry.ledger.claims import unfinished
from registry.settings import Settings
from schemas.errors import StorageUnavailable

logger = logging.getLogger(__name__)

ARCHIVE_SECONDS = 20.0
"""Time for archiving files in a tick (Dagster gives it 60); other files wait for the next one."""

OVERDUE = timedelta(minutes=2)
"""How long after midnight the sensor leaves nightly accounts to the schedule of their zone."""


@dg.sensor(
    job=import_files,
    # Shorter than the daemon's interval of 5 seconds, so that every round evaluates this sensor:
    # senders wait for their results.
    minimum_interval_seconds=3,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Registers complete files in drop folders, and starts runs for waiting files.",
)
def drop_folder_file_arrives(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Register files of all accounts, and claim files that need not wait for midnight any more.

    It claims waiting files of every source: files of accounts that import on arrival, and nightly
    files whose midnight passed while their schedule did not run, their account was busy, or the
    batch was full.
    """
    settings = rosterline.settings
    with rosterline.connect() as connection:
        seen = _register(connection, settings, read_observations(context.cursor))
        limit, overdue = settings.max_imports_per_run, datetime.now(UTC) - OVERDUE
        requests = [
            *claim_for_runs(connection, context.instance, "on_arrival", limit),
            *claim_for_runs(connection, context.instance, "nightly", limit, due_at=overdue),
        ]
    return _result(requests, write_observations(seen), "no file is ready")


@dg.sensor(
    job=import_files,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run of its own for each import whose run failed, was ended or is gone.",
)
def interrupted_import_found(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Continue imports that were cut off; an import fails after three claims without effect."""
    instance = context.instance
    end_runs_of_killed_processes(instance)
    with rosterline.connect() as connection:
        # Runs are read before imports, so that an import that ends in between is not taken for
        # one without a run.
        under_way = keys_under_way(instance)
        processing = unfinished(connection)
        connection.commit()
        judgement = find_interrupted(
            processing,
            under_way,
            statuses_of(instance, [each.run_id for each in processing if each.run_id]),
            read_times(context.cursor),
            time.monotonic(),
        )
        due = judgement.due[:MAX_RUNS_PER_TICK]
        requests = claim_for_rerun(
            connection, rosterline.settings, instance, due, datetime.now(UTC)
        )
    return _result(requests, write_times(judgement.since), "no import was cut off")


def _register(
    connection: Connection, settings: Settings, seen: Mapping[str, Observations]
) -> dict[str, Observations]:
    until = time.monotonic() + ARCHIVE_SECONDS
    accounts = list_accounts(connection)
    connection.commit()
    return {
        account.name: _register_of(connection, settings, account, seen.get(account.name, {}), until)
        for account in accounts
        # An account that only uses the API has no drop folder.
        if drop_folder.account_folder(settings, account).exists()
    }


def _register_of(
    connection: Connection, settings: Settings, account: Account, seen: Observations, until: float
) -> Observations:
    try:
        looked = drop_folder.scan_pending(settings, account, seen, time.monotonic())
        return drop_folder.register_ready(
            connection, settings, account, looked, lambda: datetime.now(UTC), until=until
        )
    except StorageUnavailable as error:
        # Files of this account wait for the next tick; the other accounts are registered.
        logger.warning("a drop folder cannot be read: account=%s %s", account.name, error.code)
        connection.rollback()
        return seen


def _result(requests: list[dg.RunRequest], cursor: str, nothing: str) -> dg.SensorResult:
    skip_reason = None if requests else nothing
    return dg.SensorResult(run_requests=requests, cursor=cursor, skip_reason=skip_reason)


sensors = [drop_folder_file_arrives, interrupted_import_found, document_queries_due]
