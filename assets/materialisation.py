"""Stage reports as Dagster shows them: metadata per partition, and check results."""

from collections.abc import Iterator

import dagster as dg

from assets.column_lineage import ColumnNote, column_notes, with_origin
from assets.partitions import by_a_person, process_tag
from assets.resources import RosterlineResource
from assets.stage_runs import Stage, StageReport, run_stage


def run_for_partitions(
    stage: Stage, context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> list[StageReport]:
    """Run `stage` for each import of this run in order, and attach the metadata of each."""
    again = note_process(context)
    reports = []
    for key in context.partition_keys:
        with rosterline.connect() as connection:
            report = run_stage(
                stage, connection, rosterline.settings, key, run_id=context.run.run_id, again=again
            )
        attach_report(stage.name, context, report)
        reports.append(report)
    return reports


def note_process(context: dg.AssetExecutionContext) -> bool:
    """Record in the run's tags which process it is in.

    Returns:
        True if a person requested the run; False if it was started for claimed imports.
    """
    context.instance.add_run_tags(context.run.run_id, process_tag(context.run.run_id))
    return by_a_person(context.run.tags)


def attach_report(asset: str, context: dg.AssetExecutionContext, report: StageReport) -> None:
    """Attach a report's figures to its partition, and log that the stage is done."""
    shown = _metadata(report)
    notes = column_notes(report.work, asset) if report.figures else ()
    if notes:
        shown |= _columns(notes)
    context.add_asset_metadata(shown, partition_key=report.work.imported.partition_key)
    context.log.info(
        "stage done: import=%s attempt=%s seconds=%.2f passed_by=%s fault=%s",
        report.work.imported.id,
        report.work.attempt.number,
        report.seconds,
        report.passed_by,
        report.fault.code if report.fault else None,
    )


def materialise_last(
    context: dg.AssetExecutionContext, reports: list[StageReport]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization]:
    """Materialise the last asset, except for files that failed as a whole; then fail the run.

    The failed files need no further work: their result files state the reason, and a retry would
    not help. The run fails so that the partitions show in the morning which files failed.

    Raises:
        dagster.Failure: a file failed; raised after the other partitions were materialised.
    """
    failed = [report for report in reports if report.work.attempt.fault_code]
    if not failed:
        yield dg.MaterializeResult()
        return
    for report in reports:
        if report not in failed:
            key = report.work.imported.partition_key
            shown = _metadata(report)
            yield dg.AssetMaterialization(context.asset_key, partition=key, metadata=shown)
    raise dg.Failure(
        f"{len(failed)} of {len(reports)} files could not be imported; their results say why",
        metadata={
            report.work.imported.partition_key: report.work.attempt.fault_code or ""
            for report in failed
        },
        allow_retries=False,
    )


def _metadata(report: StageReport) -> dict[str, dg.MetadataValue | float | int | str]:
    work = report.work
    shown: dict[str, dg.MetadataValue | float | int | str] = {
        "import": str(work.imported.id),
        "portal": dg.MetadataValue.url(f"{work.settings.api_url}/imports/{work.imported.id}"),
        # As text, because Dagster plots numbers.
        "attempt": str(work.attempt.number),
        "account": work.account.name,
        "format": work.file_format.name,
        "sha256": work.imported.sha256,
        "seconds": round(report.seconds, 3),
    }
    if report.passed_by:
        shown["passed by"] = report.passed_by
    if report.fault:
        shown["fault"] = report.fault.code
    for name, figure in report.figures.items():
        shown[name] = _shown(figure)
    rows = work.attempt.records or report.figures.get("rows")
    if rows and report.seconds:
        shown["rows per second"] = round(float(rows) / report.seconds, 1)
    return shown


def _shown(figure: float | str) -> dg.MetadataValue | float | int | str:
    """Tables as Markdown, files as paths that can be copied, all else unchanged."""
    if isinstance(figure, str) and figure.startswith("|"):
        return dg.MetadataValue.md(figure)
    if isinstance(figure, str) and figure.startswith("/"):
        return dg.MetadataValue.path(figure)
    return figure


def _columns(notes: tuple[ColumnNote, ...]) -> dict[str, dg.MetadataValue]:
    """Column schema and column lineage, as Dagster's catalogue shows them."""
    schema = dg.TableSchema(
        [
            dg.TableColumn(note.name, note.type, with_origin(note.description, note.sources))
            for note in notes
        ]
    )
    lineage = {
        note.name: [dg.TableColumnDep(dg.AssetKey(asset), name) for asset, name in note.sources]
        for note in notes
    }
    return {
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "dagster/column_lineage": dg.MetadataValue.column_lineage(dg.TableColumnLineage(lineage)),
    }


def check_result(
    name: str, reports: list[StageReport], broken: list[str], *, warn: bool = False
) -> dg.AssetCheckResult:
    """A check over the imports of this run; `broken` are the partition keys that fail it."""
    return dg.AssetCheckResult(
        check_name=name,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
        metadata={
            "imports looked at": len(reports),
            "imports concerned": len(broken),
            "partitions": ", ".join(broken[:20]) or "none",
        },
    )
