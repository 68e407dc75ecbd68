"""The sensor of potential duplicates: it asks for the search of imports that completed.

A tick only reads. The ledger lists what is wanted, so a tick that is missed loses nothing; a run
key names the attempts that a run is for, so that a search that failed is not asked for again and
again. The next import of the account asks for it once more, together with its own.
"""

import hashlib
from collections.abc import Sequence

import dagster as dg

from assets.partitions import CLAIMED, imports_partitions
from assets.resources import RosterlineResource
from pipelines.document_sensor import stretches
from pipelines.jobs import find_potential_duplicates
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG, keys_of_run
from pipelines.run_statuses import UNDER_WAY
from pipelines.runs_of_imports import PARTITIONS
from registry.decisions.duplicate_searches import DueSearch, due_searches
from registry.ledger.due_imports import SHARED_FILES

MAX_DUE_PER_TICK = 200
MAX_RUNS_WAITING = 10
"""One of them is at work at a time; more in the queue would only be in the way of others."""


@dg.sensor(
    job=find_potential_duplicates,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for the search for near-duplicates of the patients that completed imports "
    "created or changed.",
)
def potential_duplicates_due(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Ask for one run for each account that has imports to be searched, and none under way."""
    instance = context.instance
    keys = instance.get_dynamic_partitions(PARTITIONS)
    # Runs are read before imports, so that one that ends in between is not asked for again.
    searches = dg.RunsFilter(job_name=find_potential_duplicates.name, statuses=UNDER_WAY)
    runs = instance.get_runs(searches)
    under_way = {key for run in runs for key in keys_of_run(run.tags, keys)}
    with rosterline.connect() as connection:
        due = due_searches(connection, MAX_DUE_PER_TICK, under_way)
    known = set(keys)
    lost = [each.partition_key for each in due if each.partition_key not in known]
    most = min(rosterline.settings.max_imports_per_run, SHARED_FILES)
    requests = [request_for(stretch) for stretch in searches_by_run(due, keys, most)]
    chosen = requests[: max(0, MAX_RUNS_WAITING - len(runs))]
    why_none = "enough searches wait in the queue" if requests else "no import is to be searched"
    return dg.SensorResult(
        run_requests=chosen,
        # Somebody removed these partitions; the next tick asks for their runs.
        dynamic_partitions_requests=[imports_partitions.build_add_request(lost)] if lost else [],
        skip_reason=None if chosen else why_none,
    )


def searches_by_run(
    due: Sequence[DueSearch], keys: Sequence[str], size: int
) -> list[list[DueSearch]]:
    """What each run works on: adjacent partitions of an account; one run for each account."""
    by_key = {each.partition_key: each for each in due}
    first: dict[int, list[DueSearch]] = {}
    for account in dict.fromkeys(each.account_id for each in due):
        own = [each.partition_key for each in due if each.account_id == account]
        for stretch in stretches(keys, own, size)[:1]:
            first[account] = [by_key[key] for key in stretch]
    return list(first.values())


def request_for(searches: Sequence[DueSearch]) -> dg.RunRequest:
    """A run over these adjacent partitions."""
    names = [f"{each.partition_key}#{each.attempt}" for each in searches]
    digest = hashlib.sha256(" ".join(names).encode()).hexdigest()[:16]
    first, last = searches[0].partition_key, searches[-1].partition_key
    if len(searches) == 1:
        return dg.RunRequest(run_key=names[0], partition_key=first, tags=dict(CLAIMED))
    ends = {RANGE_START_TAG: first, RANGE_END_TAG: last}
    return dg.RunRequest(run_key=f"{names[0]}..{names[-1]}:{digest}", tags=CLAIMED | ends)
