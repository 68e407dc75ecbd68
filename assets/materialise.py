"""From stage reports to what Dagster shows: metadata per partition and check results."""

import dagster as dg

from assets.partitions import CLAIM_TAG
from assets.resources import RosterlineResource
from assets.stages import Stage, StageReport, run_stage


def run_for_partitions(
    stage: Stage, context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> list[StageReport]:
    """Run `stage` for each import of this run, in order, and attach each one's metadata."""
    again = CLAIM_TAG not in context.run.tags
    reports = []
    for key in context.partition_keys:
        with rosterline.connect() as connection:
            report = run_stage(
                stage, connection, rosterline.settings, key, run_id=context.run_id, again=again
            )
        context.add_asset_metadata(dict(_metadata(report)), partition_key=key)
        context.log.info(
            "stage done: import=%s attempt=%s seconds=%.2f passed_by=%s fault=%s",
            report.work.imported.id,
            report.work.attempt.number,
            report.seconds,
            report.passed_by,
            report.fault.code if report.fault else None,
        )
        reports.append(report)
    return reports


def _metadata(report: StageReport) -> dict[str, dg.MetadataValue | float | int | str]:
    work = report.work
    shown: dict[str, dg.MetadataValue | float | int | str] = {
        "import": str(work.imported.id),
        "attempt": work.attempt.number,
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
        is_table = isinstance(figure, str) and figure.startswith("|")
        shown[name] = dg.MetadataValue.md(figure) if is_table else figure  # type: ignore[arg-type]
    return shown


def claim(
    name: str, reports: list[StageReport], broken: list[str], *, warn: bool = False
) -> dg.AssetCheckResult:
    """A check over the imports of this run; `broken` are partition keys for which it fails."""
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
