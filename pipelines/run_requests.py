"""Run requests for imports that wait or were cut off. Pure functions."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from assets.partitions import CLAIMED
from pipelines.jobs import CHECK_FILES
from registry.ledger.due_imports import Batch, is_long
from registry.ledger.imports import Import

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

ASKED_TAG = ".dagster/rosterline-asked"
"""Tag that says which imports, at which claim, a run was asked for; the UI hides it."""

LONG_TAG = "rosterline/long"
"""Tag of a run that takes minutes. `dagster.yaml` leaves a place beside those under way."""


def requests_for(batch: Batch, keys: Sequence[str]) -> list[dg.RunRequest]:
    """One run for the batch; `keys` are all partitions in the order in which they were added.

    Each check among them gets a run of its own kind, which has no partition. A run over a range
    works on all partitions between its ends. If these are not exactly the batch (a key was added
    earlier), each import gets its own run.

    Example: for a batch of a, b, c and keys `a b c`, one request for the range a to c; for keys
    `b a c`, three requests.
    """
    checks = [_check(imported) for imported in batch if imported.dry_run]
    batch = imports_in(batch)
    own = [imported.partition_key for imported in batch]
    if not batch:
        return checks
    if len(batch) > 1 and keys_between(keys, own[0], own[-1]) != own:
        return [*checks, *(_request((imported,)) for imported in batch)]
    return [*checks, _request(batch)]


def imports_in(batch: Batch) -> Batch:
    """The batch without its checks."""
    return tuple(imported for imported in batch if not imported.dry_run)


def new_keys(batches: Iterable[Batch], keys: Sequence[str]) -> list[str]:
    """The partitions that these batches need and that are not among `keys`, in their order."""
    own = dict.fromkeys(
        imported.partition_key for batch in batches for imported in imports_in(batch)
    )
    present = set(keys)
    return [key for key in own if key not in present]


def asked(batch: Batch) -> str:
    """A name for these imports at their present claims.

    The first and the last import are spelled out and the rest is hashed, because Dagster stores the
    name as a tag, and PostgreSQL cannot index a tag of several kilobytes.
    """
    claims = [f"{imported.partition_key}#{imported.claims}" for imported in batch]
    if len(claims) == 1:
        return claims[0]
    return f"{claims[0]}..{claims[-1]}:{len(claims)}:{digest_of(claims)}"


def digest_of(names: Iterable[str]) -> str:
    """A short name for many names."""
    return hashlib.sha256(" ".join(names).encode()).hexdigest()[:16]


def after_run(request: dg.RunRequest, run_id: str | None) -> dg.RunRequest:
    """The request with a run key of its own, after the last run for it ended without effect.

    Dagster starts one run for a run key, ever. A run that was lost before it took its imports up
    would stand in the way of the next one for them.
    """
    if run_id is None:
        return request
    return request.with_replaced_attrs(run_key=f"{request.run_key}~{run_id}")


def keys_of_run(tags: Mapping[str, str], keys: Sequence[str]) -> list[str]:
    """The partitions that a run with these tags works on."""
    if PARTITION_TAG in tags:
        return [tags[PARTITION_TAG]]
    if RANGE_START_TAG in tags and RANGE_END_TAG in tags:
        return keys_between(keys, tags[RANGE_START_TAG], tags[RANGE_END_TAG])
    return []


def keys_between(keys: Sequence[str], first: str, last: str) -> list[str]:
    """The keys from `first` to `last`, both included; empty if either is missing."""
    try:
        return list(keys[keys.index(first) : keys.index(last) + 1])
    except ValueError:
        return []


def _check(imported: Import) -> dg.RunRequest:
    name = asked((imported,))
    tags = {**CLAIMED, ASKED_TAG: name, PARTITION_TAG: imported.partition_key}
    return dg.RunRequest(run_key=name, job_name=CHECK_FILES, tags=tags)


def _request(batch: Batch) -> dg.RunRequest:
    first, last = batch[0].partition_key, batch[-1].partition_key
    tags = {**CLAIMED, ASKED_TAG: asked(batch)}
    if is_long(batch):
        tags[LONG_TAG] = "true"
    if len(batch) == 1:
        return dg.RunRequest(run_key=asked(batch), partition_key=first, tags=tags)
    ends = {RANGE_START_TAG: first, RANGE_END_TAG: last}
    return dg.RunRequest(run_key=asked(batch), tags=tags | ends)
