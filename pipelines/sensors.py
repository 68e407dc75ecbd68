"""The sensors of imports: one for files that arrive, one for imports that were cut off."""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import dagster as dg
from psycopg import Connection

from assets.resources import RosterlineResource
from pipelines.document_sensor import document_queries_due
from pipelines.import_claims import (
    MAX_RUNS_PER_TICK,
    claim_for_rerun,
    claim_for_runs,
    end_runs_of_killed_processes,
    end_runs_of_killed_servers,
    keys_of_lost_runs,
    keys_under_way,
    statuses_of,
)
from pipelines.interrupted_imports import find_interrupted
from pipelines.jobs import import_files
from pipelines.sensor_cursors import read_observations, read_times, write_observations, write_times
from registry.accounts.accounts import Account, list_accounts
from registry.landing import drop_folder
from registry.landing.disk_reserve import is_full, said_of
from registry.landing.stability import FolderScan, Observations
from registry.ledger.claims import unfinished
from registry.settings import Settings
from schemas.errors import StorageUnavailable

logger = logging.getLogger(__name__)

ARCHIVE_SECONDS = 10.0
"""For taking files in, of the 60 that Dagster gives a tick; the rest waits for the next tick."""

CURSOR = "observations are in the home folder"
"""Of the sensor of drop folders; it replaces what earlier versions kept there."""

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
    if is_full(settings):
        return dg.SensorResult(cursor=context.cursor, skip_reason=said_of(settings))
    with rosterline.connect() as connection:
        _register(connection, settings)
        limit, overdue = settings.max_imports_per_run, datetime.now(UTC) - OVERDUE
        requests = [
            *claim_for_runs(connection, context.instance, "on_arrival", limit),
            *claim_for_runs(connection, context.instance, "nightly", limit, due_at=overdue),
        ]
    return _result(requests, CURSOR, "no file is ready")


@dg.sensor(
    job=import_files,
    # Somebody waits: each time that the daemon looks around, at most a few short queries.
    minimum_interval_seconds=3,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run of its own for each import whose run failed, was ended or is gone.",
)
def interrupted_import_found(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Continue imports that were cut off; an import fails after three claims without effect."""
    instance = context.instance
    if is_full(rosterline.settings):
        return dg.SensorResult(cursor=context.cursor, skip_reason=said_of(rosterline.settings))
    end_runs_of_killed_processes(instance)
    end_runs_of_killed_servers(instance)
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
            keys_of_lost_runs(instance, processing, asks=interrupted_import_found.name),
        )
        due = judgement.due[:MAX_RUNS_PER_TICK]
        requests = claim_for_rerun(
            connection, rosterline.settings, instance, due, datetime.now(UTC)
        )
    return _result(requests, write_times(judgement.since), "no import was cut off")


def _register(connection: Connection, settings: Settings) -> None:
    """Take files in, the account with the fewest new ones first, each with its share of the time.

    So nobody waits for all the files of another.
    """
    end = time.monotonic() + ARCHIVE_SECONDS
    accounts = list_accounts(connection)
    connection.commit()
    looks = [_look(settings, each) for each in accounts]
    waiting = sorted((look for look in looks if look is not None), key=_count_new)
    for place, look in enumerate(waiting):
        now = time.monotonic()
        share = max(end - now, 0.0) / (len(waiting) - place)
        seen = _register_of(connection, settings, look, now + share)
        write_observations(settings, look.account.name, seen, look.before)


class _Look(NamedTuple):
    """One look into an account's Pending folder, and what was seen before it."""

    account: Account
    scan: FolderScan
    before: Observations


def _look(settings: Settings, account: Account) -> _Look | None:
    # An account that only uses the API has no drop folder.
    if not drop_folder.account_folder(settings, account).exists():
        return None
    before = read_observations(settings, account.name)
    try:
        scan = drop_folder.scan_pending(settings, account, before, time.monotonic())
    except StorageUnavailable as error:
        # Files of this account wait for the next tick; the other accounts are registered.
        logger.warning("a drop folder cannot be read: account=%s %s", account.name, error.code)
        return None
    return _Look(account, scan, before)


def _count_new(look: _Look) -> int:
    return sum(look.scan.seen[each.key].registered is None for each in look.scan.ready)


def _register_of(
    connection: Connection, settings: Settings, look: _Look, until: float
) -> Observations:
    try:
        return drop_folder.register_ready(
            connection, settings, look.account, look.scan, lambda: datetime.now(UTC), until=until
        )
    except StorageUnavailable as error:
        logger.warning("a drop folder cannot be read: account=%s %s", look.account.name, error.code)
        connection.rollback()
        return look.before


def _result(requests: list[dg.RunRequest], cursor: str, nothing: str) -> dg.SensorResult:
    skip_reason = None if requests else nothing
    return dg.SensorResult(run_requests=requests, cursor=cursor, skip_reason=skip_reason)


sensors = [drop_folder_file_arrives, interrupted_import_found, document_queries_due]
