"""The sensors: files that arrive, and imports that were cut off."""

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
from registry.landing.disk_reserve import is_full, said_of
from registry.landing.stability import Observations
from registry.ledger.claims import unfinished
from registry.settings import Settings
from schemas.errors import StorageUnavailable

logger = logging.getLogger(__name__)

ARCHIVE_SECONDS = 20.0
"""For taking files in, of the 60 that Dagster gives a tick; the rest waits for the next tick."""

OVERDUE = timedelta(minutes=2)
"""How long after midnight the sensor leaves nightly accounts to their schedule."""


@dg.sensor(
    job=import_files,
    # Each time that the daemon looks around, which is every 5 seconds: somebody waits.
    minimum_interval_seconds=3,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes in what stands complete in drop folders, and starts runs for waiting files.",
)
def drop_folder_file_arrives(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Register files of all accounts; claim what need not, or no longer, wait for midnight.

    Waiting files of every source are claimed here: those of accounts that import on arrival, and
    nightly ones whose midnight passed while their schedule did not run, their account was busy,
    or the batch was full.
    """
    settings = rosterline.settings
    if is_full(settings):
        return dg.SensorResult(cursor=context.cursor, skip_reason=said_of(settings))
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
    """Go on with imports that were cut off; after three claims without effect they fail."""
    instance = context.instance
    if is_full(rosterline.settings):
        return dg.SensorResult(cursor=context.cursor, skip_reason=said_of(rosterline.settings))
    end_runs_of_killed_processes(instance)
    with rosterline.connect() as connection:
        # In this order: an import that ends in between is not taken for one without a run.
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
        # Nothing follows for its files, and the other accounts go on.
        logger.warning("a drop folder cannot be read: account=%s %s", account.name, error.code)
        connection.rollback()
        return seen


def _result(requests: list[dg.RunRequest], cursor: str, nothing: str) -> dg.SensorResult:
    skip_reason = None if requests else nothing
    return dg.SensorResult(run_requests=requests, cursor=cursor, skip_reason=skip_reason)


sensors = [drop_folder_file_arrives, interrupted_import_found, document_queries_due]
