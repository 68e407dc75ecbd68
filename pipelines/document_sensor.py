"""The sensor of document queries: it asks for runs that make the queries of completed imports.

A tick only reads. A run key names the imports and since when they are due, so a run that was lost
before it did anything is asked for again after a pause, and no other one is.
"""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from assets.partitions import CLAIMED, imports_partitions
from assets.resources import RosterlineResource
from pipelines.jobs import query_documents
from pipelines.run_requests import (
    ASKED_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    digest_of,
    keys_of_run,
)
from pipelines.run_statuses import UNDER_WAY
from pipelines.runs_of_imports import PARTITIONS, not_yet_asked
from registry.documents.plans import DuePlan, due_plans
from registry.ledger.due_imports import SHARED_FILES

MAX_DUE_PER_TICK = 200
MAX_RUNS_PER_TICK = 10
"""Runs of document queries run one after the other; more would only wait in the queue."""


@dg.sensor(
    job=query_documents,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for the document queries of imports that completed, and for those that are "
    "still open. Without an endpoint there are none to ask for.",
)
def document_queries_due(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Ask for runs for due plans that no run works on. The ledger lists them, not a cursor."""
    instance = context.instance
    # Runs are read before plans: a run that ends in between has already recorded when its imports
    # are due again, so no plan is missed or asked for twice.
    under_way = _under_way(instance)
    with rosterline.connect() as connection:
        due = due_plans(connection, MAX_DUE_PER_TICK, under_way)
    present = instance.get_dynamic_partitions(PARTITIONS) if due else []
    # Taking the import up added its partition, but it may have been retired since.
    lost = [key for key in (each.partition_key for each in due) if key not in set(present)]
    most = min(rosterline.settings.max_imports_per_run, SHARED_FILES)
    turns = turn_of_each(due, [*present, *lost], most)
    requests = not_yet_asked(instance, [run_over(turn) for turn in turns[:MAX_RUNS_PER_TICK]])
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[imports_partitions.build_add_request(lost)] if lost else [],
        skip_reason=None if requests else "no document query is due",
    )


def turn_of_each(due: Sequence[DuePlan], keys: Sequence[str], size: int) -> list[list[DuePlan]]:
    """One run for each account, in the order of `due`: the rest follows when that has ended.

    Runs over document queries follow one another, so more of one account would keep others waiting.
    """
    by_key = {each.partition_key: each for each in due}
    wanted: dict[int, list[str]] = {}
    for each in due:
        wanted.setdefault(each.account_id, []).append(each.partition_key)
    turns = (next(_with(own[0], stretches(keys, own, size))) for own in wanted.values())
    return [[by_key[key] for key in turn] for turn in turns]


def _with(key: str, found: Sequence[list[str]]) -> Iterator[list[str]]:
    return (stretch for stretch in found if key in stretch)


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


def run_over(plans: Sequence[DuePlan]) -> dg.RunRequest:
    """A run over these plans, whose partitions are adjacent."""
    first, last = plans[0].partition_key, plans[-1].partition_key
    since = digest_of(f"{each.partition_key}@{each.due_at.isoformat()}" for each in plans)
    name = f"documents {first} {since}"
    tags = {**CLAIMED, ASKED_TAG: name}
    if len(plans) == 1:
        return dg.RunRequest(run_key=name, partition_key=first, tags=tags)
    ends = {RANGE_START_TAG: first, RANGE_END_TAG: last}
    return dg.RunRequest(run_key=name, tags=tags | ends)


def _under_way(instance: dg.DagsterInstance) -> set[str]:
    runs = instance.get_runs(dg.RunsFilter(job_name=query_documents.name, statuses=UNDER_WAY))
    keys = instance.get_dynamic_partitions(PARTITIONS) if runs else []
    return {key for run in runs for key in keys_of_run(run.tags, keys)}
