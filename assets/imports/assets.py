"""The five assets of imports: one op, which takes one import after the other through all stages."""

import time
from collections.abc import Iterator, Sequence

import dagster as dg

from assets.handed_back import hand_back
from assets.imports.turns import in_order_of_receipt
from assets.imports.work import ALL_CHECKS, CHECKS, NAMES, RESULT, SPECS, Failed, Work, said
from assets.materialisation import Event
from assets.partitions import imports_partitions
from assets.resources import RosterlineResource
from assets.result_files.assets import FILE_WAS_IMPORTED
from assets.standing_verdicts import settle

SHOWN_FAILURES = 50


@dg.multi_asset(
    name="imports",
    specs=SPECS,
    check_specs=[
        *(check.spec(asset) for asset, checks in CHECKS.items() for check in checks),
        FILE_WAS_IMPORTED,
    ],
    partitions_def=imports_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=True,
    pool="registry",
)
def imports(context: dg.AssetExecutionContext, rosterline: RosterlineResource) -> Iterator[Event]:
    """Take each import of the run through all stages, in the order of receipt.

    An import that fails does not stop the others; the step fails after the last one.
    """
    chosen = [name for name in NAMES if dg.AssetKey(name) in context.selected_asset_keys]
    is_refused = chosen not in (list(NAMES), [RESULT])
    work = Work(context, rosterline)
    if is_refused:
        for key in context.partition_keys:
            hand_back(context, key, chosen)
    else:
        yield from _run(context, rosterline, work, result_alone=chosen == [RESULT])
    settle(
        context.instance,
        ALL_CHECKS,
        time.time(),
        planned=context.selected_asset_check_keys,
        evaluated=work.evaluated,
    )
    if is_refused:
        raise dg.Failure(refusal(chosen))
    if work.failed:
        cause = next((each.error for each in work.failed if each.error), None)
        raise failure(work.failed, len(context.partition_keys)) from cause


def _run(
    context: dg.AssetExecutionContext,
    rosterline: RosterlineResource,
    work: Work,
    *,
    result_alone: bool,
) -> Iterator[Event]:
    with rosterline.connect() as connection:
        keys = in_order_of_receipt(connection, context.partition_keys)
    for key in keys:
        yield from work.result_again(key) if result_alone else work.whole(key)


def refusal(chosen: Sequence[str]) -> str:
    """Why a selection is not run, and which one to make instead."""
    return (
        f"{' and '.join(chosen)} cannot be materialised without the other stages, because an "
        f"import would be left half done. Nothing was changed. Select {', '.join(NAMES)} together "
        f"for a further attempt over the file, or {RESULT} alone to make its result again."
    )


def failure(failed: Sequence[Failed], count: int) -> dg.Failure:
    """The failure of a step in which these of `count` imports failed."""
    lines = [f"- {said(each)}" for each in failed[:SHOWN_FAILURES]]
    more = len(failed) - len(lines)
    return dg.Failure(
        "\n".join(
            [
                f"{len(failed)} of {count} files could not be imported.",
                *lines,
                *([f"- and {more} more"] if more else []),
            ]
        ),
        metadata={each.key: f"{each.account}: {each.code}" for each in failed[:SHOWN_FAILURES]},
    )
