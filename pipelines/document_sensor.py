"""The sensor of document queries: it starts and continues the queries of completed imports."""

import time
from collections.abc import Iterable, Iterator, Sequence

import dagster as dg
from psycopg import Connection

from assets.partitions import CLAIMED
from assets.resources import RosterlineResource
from pipelines.import_claims import PARTITIONS
from pipelines.jobs import query_documents
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG, keys_of_run
from pipelines.run_statuses import UNDER_WAY
from registry.documents.plans import DuePlan, due_plans, leave, plan
from registry.ledger.imports import get_import

MAX_DUE_PER_TICK = 200
MAX_RUNS_PER_TICK = 10
"""Runs of document queries run one after the other; more would only wait in the queue."""

RECORD_SECONDS = 20.0
"""Time for recording plans that need no run. Dagster gives a tick 60 seconds."""


@dg.sensor(
    job=query_documents,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts document queries of imports that completed, and continues open ones.",
)
def document_queries_due(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Request runs for due plans that no run works on. The ledger lists them, not a cursor."""
    instance = context.instance
    # Runs are read before plans: a run that ends in between has already recorded when its imports
    # are due again, so no plan is missed or started twice.
    under_way = _under_way(instance)
    with rosterline.connect() as connection:
        due = due_plans(connection, MAX_DUE_PER_TICK, under_way)
        if rosterline.settings.fhir_base_url is None:
            _record_not_configured(connection, [each.partition_key for each in due])
            return dg.SensorResult(skip_reason="ROSTERLINE_FHIR_BASE_URL is not set")
    if due:
        # Claiming the import added its partition, but somebody may have removed it since.
        instance.add_dynamic_partitions(PARTITIONS, sorted(each.partition_key for each in due))
    keys = instance.get_dynamic_partitions(PARTITIONS) if due else []
    turns = turn_of_each(due, keys, rosterline.settings.max_imports_per_run)
    requests = [run_over(stretch) for stretch in turns[:MAX_RUNS_PER_TICK]]
    nothing = None if requests else "no document query is due"
    return dg.SensorResult(run_requests=requests, skip_reason=nothing)


def turn_of_each(due: Sequence[DuePlan], keys: Sequence[str], size: int) -> list[list[str]]:
    """One run for each account, in the order of `due`: the rest follows when that has ended.

    Runs over document queries follow one another, so more of one account would keep others waiting.
    """
    wanted: dict[int, list[str]] = {}
    for each in due:
        wanted.setdefault(each.account_id, []).append(each.partition_key)
    return [next(_with(own[0], stretches(keys, own, size))) for own in wanted.values()]


def _with(key: str, found: Sequence[list[str]]) -> Iterator[list[str]]:
    return (stretch for stretch in found if key in stretch)


def _record_not_configured(connection: Connection, keys: Sequence[str]) -> None:
    """Record for each patient that no endpoint is configured, without a run for each import."""
    until = time.monotonic() + RECORD_SECONDS
    for key in keys:
        if time.monotonic() > until:
            return
        imported = get_import(connection, key)
        plan(connection, imported, configured=False, again=False)
        leave(connection, imported.id)
        connection.commit()


def stretches(keys: Sequence[str], wanted: Iterable[str], size: int) -> list[list[str]]:
    """Split the wanted keys into ranges of adjacent keys, each of at most `size`.

    Example: keys a b c d e, wanted a b d e, size 2 → [[a, b], [d, e]].
    """
    chosen = set(wanted)
    found: list[list[str]] = []
    before = None
    for place, key in enumerate(keys):
        if key not in chosen:
            continue
        if before == place - 1 and len(found[-1]) < size:
            found[-1].append(key)
        else:
            found.append([key])
        before = place
    return found


def run_over(keys: Sequence[str]) -> dg.RunRequest:
    """A run over adjacent keys. It has no run key, because the same keys may be due many times."""
    if len(keys) == 1:
        return dg.RunRequest(partition_key=keys[0], tags=dict(CLAIMED))
    ends = {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
    return dg.RunRequest(tags=CLAIMED | ends)


def _under_way(instance: dg.DagsterInstance) -> set[str]:
    runs = instance.get_runs(dg.RunsFilter(job_name=query_documents.name, statuses=UNDER_WAY))
    keys = instance.get_dynamic_partitions(PARTITIONS) if runs else []
    return {key for run in runs for key in keys_of_run(run.tags, keys)}
