"""What follows an import, as events of Dagster: one import of the run after the other.

A run over a range materialises only the partitions for which something was done.
"""

import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import dagster as dg

from assets.handed_back import hand_back
from assets.materialisation import (
    OWNERS,
    Event,
    FigureCheck,
    evaluations,
    latest_materialisation,
    report_metadata,
)
from assets.partitions import imports_partitions
from assets.stage_runs import StageReport
from assets.standing_verdicts import settle
from schemas.errors import DatabaseUnavailable, RosterlineError

SHOWN_FAILURES = 50


def following_spec(
    asset: str, description: str, *, group_name: str, kinds: AbstractSet[str], docs: str
) -> dg.AssetSpec:
    """An asset that follows the result of an import, with a partition for each."""
    return dg.AssetSpec(
        asset,
        # The result files are a dependency because the import is completed only after them.
        deps=["patients", "result_files"],
        description=inspect.cleandoc(description),
        group_name=group_name,
        owners=list(OWNERS),
        kinds=set(kinds),
        metadata={"docs": dg.MetadataValue.path(docs)},
        partitions_def=imports_partitions,
        # Its materialisations are yielded as events, one for each import for which it happened.
        skippable=True,
    )


def for_each_import(
    context: dg.AssetExecutionContext,
    asset: str,
    checks: Sequence[FigureCheck],
    do: Callable[[str], StageReport],
) -> Iterator[Event]:
    """Call `do` with each partition key of the run, and report what it did.

    The error of one import does not keep the others from theirs. A partition that was passed by is
    shown as before this run.

    Raises:
        dagster.Failure: raised after the last import, if `do` failed for any; it names them.
    """
    failed: dict[str, RosterlineError] = {}
    evaluated: set[dg.AssetCheckKey] = set()
    for key in context.partition_keys:
        try:
            report = do(key)
        except RosterlineError as error:
            # Its text has no value of a patient; a traceback would say nothing more.
            context.log.error("%s failed: partition=%s %s", asset, key, error)  # noqa: TRY400
            failed[key] = error
            continue
        if report.passed_by is not None:
            context.log.info("left alone: import=%s %s", report.work.imported.id, report.passed_by)
            hand_back(context, key, [asset])
            continue
        yield dg.AssetMaterialization(asset, partition=key, metadata=report_metadata(report))
        made = latest_materialisation(context.instance, asset, key)
        for verdict in evaluations(asset, checks, report, made):
            evaluated.add(verdict.asset_check_key)
            yield verdict
    settle(
        context.instance,
        {check.spec(asset).key: check.warn for check in checks},
        time.time(),
        planned=context.selected_asset_check_keys,
        evaluated=evaluated,
    )
    if failed:
        raise _failure(asset, failed, len(context.partition_keys))


def _failure(asset: str, failed: Mapping[str, RosterlineError], of: int) -> dg.Failure:
    return dg.Failure(
        f"{asset} failed for {len(failed)} of {of} imports; the imports themselves are complete",
        metadata={key: str(error) for key, error in list(failed.items())[:SHOWN_FAILURES]},
        # Nothing else passes by itself: a model file, for example, has to be mended.
        allow_retries=any(isinstance(each, DatabaseUnavailable) for each in failed.values()),
    )
