"""Runs of the searches for duplicates in this process, for the command line.

The UI shows them like the runs that the sensor asks for.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import dagster as dg

from assets.partitions import CLAIMED, NO_RETRY, accounts_partitions
from pipelines.ask_run_server import RunFailed
from pipelines.definitions import defs
from pipelines.jobs import find_potential_duplicates, sweep_registry
from pipelines.process_environment import dagster_environment
from pipelines.runs_of_imports import PARTITIONS
from registry.settings import Settings

Figures = dict[str, object]


def search_imports(
    settings: Settings, keys: Sequence[str], *, again: bool
) -> Iterator[tuple[str, Figures]]:
    """Search each import for duplicates, and yield its partition key with the figures of its run.

    With `again`, patients who were searched for before are searched for again.

    Raises:
        RunFailed: the search of an import failed; it can be run again.
    """
    os.environ.update(dagster_environment(settings))
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(PARTITIONS, list(keys))
        for key in keys:
            yield key, _search(instance, key, again=again)


def sweep_registry_of(settings: Settings, account: str) -> Figures:
    """Search the whole registry of an account for duplicates; returns the figures of the run.

    Raises:
        RunFailed: the sweep failed; the queue is as it was.
    """
    os.environ.update(dagster_environment(settings))
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(accounts_partitions.name or "", [account])
        return _run(instance, sweep_registry.name, "duplicate_clusters", account, NO_RETRY)


def _search(instance: dg.DagsterInstance, key: str, *, again: bool) -> Figures:
    tags = NO_RETRY if again else CLAIMED | NO_RETRY
    return _run(instance, find_potential_duplicates.name, "potential_duplicates", key, tags)


def _run(
    instance: dg.DagsterInstance, job: str, asset: str, key: str, tags: Mapping[str, str]
) -> Figures:
    run_id = str(uuid4())
    try:
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=key,
            tags=dict(tags),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    except dg.Failure as failure:
        reasons = [str(value.value) for value in failure.metadata.values()]
        raise RunFailed("; ".join(reasons) or "the search failed") from failure
    [found] = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in found.metadata.items()}
