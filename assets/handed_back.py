"""Handing back: a partition that this run does not touch looks as if this run had never named it.

When Dagster makes a run, it notes for each asset and partition that the run is to materialise it.
If the run fails, every partition without a materialisation since that note counts as failed, also
one that the run left alone. So a further note is written which says whose the partition is: that of
the run which was to materialise it before, or nobody's. It decides, because it is the newest.
"""

from collections.abc import Iterable

import dagster as dg
from dagster._core.events import AssetMaterializationPlannedData

from assets.materialisation import latest_materialisation

NO_RUN = ""
"""The run id of events that no run made, as Dagster has it."""

_LOOKED_AT = 10
"""Notes of this run, one for each try, and the one before them."""


Context = dg.AssetExecutionContext | dg.OpExecutionContext


def hand_back(context: Context, partition: str, assets: Iterable[str]) -> None:
    """Let these assets of a partition be shown as before this run."""
    for asset in assets:
        owner = _owner_before(context, asset, partition)
        if owner is not None:
            _note(context, asset, partition, owner)


def _owner_before(context: Context, asset: str, partition: str) -> str | None:
    """The run whose note this run's replaced; None where the newest note is not this run's."""
    notes = context.instance.event_log_storage.get_event_records(
        dg.EventRecordsFilter(
            dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
            asset_key=dg.AssetKey(asset),
            asset_partitions=[partition],
        ),
        limit=_LOOKED_AT,
    )
    if not notes or notes[0].run_id != context.run.run_id:
        return None
    earlier = next((note for note in notes if note.run_id != context.run.run_id), None)
    made = latest_materialisation(context.instance, asset, partition)
    if earlier is None or (made is not None and made.storage_id > earlier.storage_id):
        return NO_RUN
    return str(earlier.run_id)


def _note(context: Context, asset: str, partition: str, owner: str) -> None:
    planned = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=partition)
    context.instance.report_dagster_event(
        dg.DagsterEvent.build_asset_materialization_planned_event(
            context.run.job_name, context.op_execution_context.op.name, planned
        ),
        owner,
    )
