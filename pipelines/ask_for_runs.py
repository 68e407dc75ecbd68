"""Asking for runs of imports that are due. A tick only reads the ledger, and asks.

An import is taken up, and claimed in the ledger, by the run whose turn on it comes. So a tick that
is previewed, or whose runs are lost, changes nothing: the imports still wait for the next one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import dagster as dg
from psycopg import Connection

from pipelines.run_requests import new_keys, requests_for
from pipelines.runs_of_imports import (
    PARTITIONS,
    keys_under_way,
    not_yet_asked,
    terminated_keys,
)
from registry.accounts.accounts import Cadence
from registry.ledger.due_imports import Batch, due_batches, unfinished_keys

MAX_RUNS_PER_TICK = 20
"""Dagster creates about one run a second, and the next tick waits for it."""


class Asked(NamedTuple):
    """Run requests, and the partitions that must be added before their runs begin."""

    requests: list[dg.RunRequest]
    keys: list[str]


def ask_for_due(  # noqa: PLR0913 - which imports, all by name
    connection: Connection,
    instance: dg.DagsterInstance,
    cadence: Cadence,
    limit: int,
    *,
    due_at: datetime | None = None,
    zone: str | None = None,
    without_zones: Collection[str] = (),
) -> Asked:
    """Requests for the waiting imports that are due (`registry.ledger.due_imports.due_batches`)."""
    batches = due_now(
        connection,
        instance,
        cadence,
        limit,
        due_at=due_at,
        zone=zone,
        without_zones=without_zones,
    )
    return ask_for(instance, batches[:MAX_RUNS_PER_TICK])


def due_now(  # noqa: PLR0913 - as above
    connection: Connection,
    instance: dg.DagsterInstance,
    cadence: Cadence,
    limit: int,
    *,
    due_at: datetime | None = None,
    zone: str | None = None,
    without_zones: Collection[str] = (),
) -> list[Batch]:
    """Batches of the waiting imports that are due and that no run of Dagster has."""
    # Runs are read before imports: what a run that ends in between has done is over by then.
    # Imports whose run was terminated wait for the job that cancels them.
    under_way = keys_under_way(instance)
    under_way |= terminated_keys(instance, unfinished_keys(connection)).keys()
    return due_batches(
        connection,
        limit=limit,
        cadence=cadence,
        due_at=due_at,
        zone=zone,
        without_zones=without_zones,
        under_way=under_way,
    )


def ask_for(instance: dg.DagsterInstance, batches: Sequence[Batch]) -> Asked:
    """Requests for these batches, each a run over adjacent partitions where that is possible."""
    if not batches:
        return Asked([], [])
    present = list(instance.get_dynamic_partitions(PARTITIONS))
    added = new_keys(batches, present)
    keys = present + added
    requests = [request for batch in batches for request in requests_for(batch, keys)]
    asked = not_yet_asked(instance, requests)
    return Asked(asked, added if asked else [])
