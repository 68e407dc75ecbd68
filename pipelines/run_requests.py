"""Run requests for claimed imports. Pure functions."""

import hashlib
from collections.abc import Mapping, Sequence

import dagster as dg

from assets.partitions import CLAIMED
from registry.ledger.claims import Batch

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def requests_for(batch: Batch, keys: Sequence[str]) -> list[dg.RunRequest]:
    """One run for the batch; `keys` are all partitions in the order in which they were added.

    A run over a range works on all partitions between its ends. If these are not exactly the batch
    (a key was added earlier), each import gets its own run.

    Example: for a batch of a, b, c and keys `a b c`, one request for the range a to c; for keys
    `b a c`, three requests.
    """
    own = [imported.partition_key for imported in batch]
    if len(batch) > 1 and keys_between(keys, own[0], own[-1]) != own:
        return [_request((imported,)) for imported in batch]
    return [_request(batch)]


def run_key(batch: Batch) -> str:
    """A name for this claim of these imports; Dagster starts only one run for a run key.

    The first and the last import are spelled out and the rest is hashed, because Dagster stores the
    key as a tag, and PostgreSQL cannot index a tag of several kilobytes.
    """
    claims = [f"{imported.partition_key}#{imported.claims}" for imported in batch]
    if len(claims) == 1:
        return claims[0]
    digest = hashlib.sha256(" ".join(claims).encode()).hexdigest()[:16]
    return f"{claims[0]}..{claims[-1]}:{len(claims)}:{digest}"


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


def _request(batch: Batch) -> dg.RunRequest:
    first, last = batch[0].partition_key, batch[-1].partition_key
    if len(batch) == 1:
        return dg.RunRequest(run_key=run_key(batch), partition_key=first, tags=dict(CLAIMED))
    ends = {RANGE_START_TAG: first, RANGE_END_TAG: last}
    return dg.RunRequest(run_key=run_key(batch), tags=CLAIMED | ends)
