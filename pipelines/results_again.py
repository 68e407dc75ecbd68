"""Results that are damaged or gone, and that somebody wants, are made again."""

import logging
from typing import get_args

import dagster as dg
from psycopg import Connection

from assets.resources import RosterlineResource
from assets.result_files.make_again import intact_result
from pipelines.run_statuses import UNDER_WAY
from registry.landing.wanted_results import forget_wish, list_wanted
from registry.ledger.imports import get_import, list_attempts
from registry.ledger.results import ResultKind
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)


@dg.op(description="Makes every result again that is wanted and whose bytes are not as written.")
def make_wanted_results(rosterline: RosterlineResource) -> None:
    """Meet each wish once; what cannot be made again is warned about."""
    settings = rosterline.settings
    with rosterline.connect() as connection:
        for partition_key in list_wanted(settings):
            forget_wish(settings, partition_key)
            try:
                _make_again(connection, settings, partition_key)
            except RosterlineError as error:
                connection.rollback()
                logger.warning("a result cannot be made again: %s %s", partition_key, error.code)


def _make_again(connection: Connection, settings: Settings, partition_key: str) -> None:
    imported = get_import(connection, partition_key)
    for attempt in list_attempts(connection, imported.id):
        for kind in get_args(ResultKind):
            intact_result(connection, settings, imported, attempt, kind)


@dg.job(description="Makes results again that were found damaged or gone when they were fetched.")
def make_results_again() -> None:
    """One run for all that are wanted now."""
    make_wanted_results()


@dg.sensor(
    # By name: a sensor that holds the job itself is rebuilt by Dagster, with a warning of its own.
    job_name=make_results_again.name,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a run once somebody fetched a result whose file is damaged or gone.",
)
def damaged_result_is_wanted(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.RunRequest | dg.SkipReason:
    """One run at a time: it takes all wishes that it finds."""
    if not list_wanted(rosterline.settings):
        return dg.SkipReason("no result is wanted again")
    under_way = dg.RunsFilter(job_name=make_results_again.name, statuses=UNDER_WAY)
    if context.instance.get_runs(under_way, limit=1):
        return dg.SkipReason("a run makes results again")
    return dg.RunRequest()
