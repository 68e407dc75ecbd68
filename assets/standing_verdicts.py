"""What the page of a check shows: a failed verdict stands until its own import is right.

Dagster shows the newest verdict of a check, over whichever import. So after a run that would show a
passed one, while a verdict over another import is still a failed one, that one is reported again.

Checks with partitions of their own would do this by themselves. In Dagster 1.13 they are a preview;
with dynamic partitions the query behind the asset graph fails, and with any partitions it
sends the keys of all verdicts every few seconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.definitions.metadata import normalize_metadata
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES as COMPLETED,
)
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
from dagster._record import replace

from assets.materialisation import target_of

FAILED = {AssetCheckExecutionRecordStatus.FAILED}
LOOKED_AT = 200
"""Failed verdicts that are looked at, the newest first."""

DAY_SECONDS = 24 * 3600.0
"""How long a verdict over what a sender sent stands: the same file will never be right."""
SHOWN = 20


def settle(
    instance: dg.DagsterInstance,
    checks: Mapping[dg.AssetCheckKey, bool],
    now: float,
    *,
    planned: AbstractSet[dg.AssetCheckKey],
    evaluated: AbstractSet[dg.AssetCheckKey],
) -> None:
    """Let each check show a failed verdict that still stands, or else its newest one.

    Args:
        instance: Dagster's.
        checks: all that are looked at, and whether a failed verdict stands for a day only.
        now: seconds since 1970.
        planned: checks of which Dagster has noted that this run evaluates them.
        evaluated: those which it did evaluate.
    """
    for check, stands_for_a_day in checks.items():
        since = now - DAY_SECONDS if stands_for_a_day else 0.0
        standing = list(_standing(instance, check, since))
        if standing:
            _report(instance, _summary(standing))
        elif check in planned - evaluated and (newest := _newest(instance, check)):
            _report(instance, newest)


def _standing(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, since: float
) -> Iterator[AssetCheckEvaluation]:
    """Failed verdicts over imports of which no later verdict says otherwise, the newest first."""
    storage, seen = instance.event_log_storage, set()
    for record in storage.get_asset_check_execution_history(check, LOOKED_AT, status=FAILED):
        if record.partition is None or record.partition in seen:
            continue
        seen.add(record.partition)
        newest = _newest(instance, check, record.partition)
        if newest and not newest.passed and record.create_timestamp >= since:
            yield newest


def _newest(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str | None = None
) -> AssetCheckEvaluation | None:
    found: Iterable[AssetCheckExecutionRecord] = (
        instance.event_log_storage.get_asset_check_execution_history(
            check,
            limit=1,
            status=COMPLETED,
            partition_filter=PartitionKeyFilter(key=partition) if partition else None,
        )
    )
    return next((record.evaluation for record in found), None)


def _summary(standing: list[AssetCheckEvaluation]) -> AssetCheckEvaluation:
    """One verdict that says which imports the failed ones are about."""
    keys = [each.partition or "" for each in standing]
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    said = "\n".join(each.description for each in standing[:SHOWN] if each.description)
    return replace(
        standing[0],
        description=said or None,
        metadata=normalize_metadata(
            {"imports": len(keys), "partitions": f"{', '.join(keys[:SHOWN])}{more}"}
        ),
    )


def _report(instance: dg.DagsterInstance, verdict: AssetCheckEvaluation) -> None:
    """Report a verdict as one over no partition, of which Dagster keeps any number.

    It is about the newest materialisation of all, because Dagster hides it otherwise.
    """
    made = instance.fetch_materializations(verdict.asset_key, limit=1).records
    target = target_of(made[0]) if made else None
    instance.report_runless_asset_event(
        replace(verdict, partition=None, target_materialization_data=target)
    )
