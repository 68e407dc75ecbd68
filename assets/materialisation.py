"""What the stages report, as events of Dagster: materialisations, and evaluations of checks.

Each event is about one partition. They are yielded as they are, and not as outputs of the op: of an
output Dagster makes a materialisation of every partition of the run.
"""

import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    NULL_DATA_VERSION,
    NULL_EVENT_POINTER,
    extract_data_version_from_entry,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)

from assets.code_versions import code_version
from assets.column_lineage import ColumnNote, column_notes, with_origin
from assets.partitions import imports_partitions
from assets.stage_runs import StageReport

OWNERS = ("team:data-engineering",)

Metadata = dict[str, dg.MetadataValue | float | int | str]
Event = dg.AssetMaterialization | dg.AssetCheckEvaluation


@dataclass(frozen=True)
class FigureCheck:
    """A check of each import: it fails where one of these figures of its stage is not zero.

    It is evaluated only where the stage has a figure, so it never passes on nothing. One that warns
    is about what a sender sent, any other about a fault of Rosterline.
    """

    name: str
    figures: tuple[str, ...]
    description: str
    warn: bool = False

    def spec(self, asset: str) -> dg.AssetCheckSpec:
        """The check as Dagster shows it on its asset."""
        return dg.AssetCheckSpec(self.name, asset=asset, description=self.description)


def stage_spec(  # noqa: PLR0913 - what an asset shows of itself
    stage: str,
    description: str,
    *,
    deps: Sequence[str] = (),
    group_name: str,
    kinds: AbstractSet[str],
    docs: str,
    metadata: Mapping[str, str] | None = None,
    freshness_policy: dg.FreshnessPolicy | None = None,
) -> dg.AssetSpec:
    """The asset of a stage of imports."""
    return dg.AssetSpec(
        stage,
        deps=deps,
        description=inspect.cleandoc(description),
        group_name=group_name,
        owners=list(OWNERS),
        kinds=set(kinds),
        metadata={"docs": dg.MetadataValue.path(docs), **(metadata or {})},
        partitions_def=imports_partitions,
        freshness_policy=freshness_policy,
        code_version=code_version(stage),
        # Its materialisations are yielded as events, one for each import that came so far.
        skippable=True,
    )


def latest_materialisation(
    instance: dg.DagsterInstance, asset: str, partition: str
) -> dg.EventLogRecord | None:
    """The newest materialisation of a partition, if there is one."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[partition])
    return next(iter(instance.fetch_materializations(wanted, limit=1).records), None)


def is_of_attempt(record: dg.EventLogRecord | None, report: StageReport) -> bool:
    """Whether this materialisation is of the attempt that the report is about."""
    if record is None or record.asset_materialization is None:
        return False
    shown = record.asset_materialization.metadata.get("attempt")
    return shown is not None and shown.value == str(report.work.attempt.number)


def materialisation(
    report: StageReport, source: tuple[str, dg.EventLogRecord | None] | None
) -> dg.AssetMaterialization:
    """The materialisation of the stage; `source` is the asset that it was made from."""
    return dg.AssetMaterialization(
        report.stage,
        partition=report.work.imported.partition_key,
        metadata=report_metadata(report),
        tags=_versions(report, source),
    )


def evaluations(
    asset: str,
    checks: Sequence[FigureCheck],
    report: StageReport,
    target: dg.EventLogRecord | None,
) -> Iterator[dg.AssetCheckEvaluation]:
    """The verdicts over what a stage looked at, about the materialisation `target`."""
    for check in checks:
        looked_at = {name: report.figures[name] for name in check.figures if name in report.figures}
        if looked_at:
            yield evaluation(
                check.name,
                asset,
                report.work.imported.partition_key,
                target,
                passed=not any(looked_at.values()),
                warn=check.warn,
                metadata={
                    "partition": report.work.imported.partition_key,
                    "account": report.work.account.name,
                    **looked_at,
                },
            )


def evaluation(  # noqa: PLR0913 - what a verdict consists of
    check: str,
    asset: str,
    partition: str,
    target: dg.EventLogRecord | None,
    *,
    passed: bool,
    metadata: Mapping[str, dg.MetadataValue | float | int | str],
    warn: bool = False,
    description: str | None = None,
) -> dg.AssetCheckEvaluation:
    """The verdict of a check over one partition, about the materialisation `target`."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset),
        check_name=check,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=description,
        partition=partition,
        target_materialization_data=target_of(target) if target else None,
    )


def target_of(record: dg.EventLogRecord) -> AssetCheckEvaluationTargetMaterializationData:
    """The materialisation that a verdict is about."""
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
    )


def report_metadata(report: StageReport) -> Metadata:
    """Which import, which attempt, and what the stage counted."""
    work = report.work
    shown: Metadata = {
        "import": str(work.imported.id),
        "portal": dg.MetadataValue.url(f"{work.settings.api_url}/imports/{work.imported.id}"),
        # As text, because Dagster plots numbers.
        "attempt": str(work.attempt.number),
        "account": work.account.name,
        "format": work.file_format.name,
        "sha256": work.imported.sha256,
        "seconds": round(report.seconds, 3),
        **_place(report),
    }
    if report.passed_by:
        shown["passed by"] = report.passed_by
    if work.attempt.fault_code:
        shown["fault"] = work.attempt.fault_code
    for name, figure in report.figures.items():
        shown[name] = as_metadata(figure)
    rows = work.attempt.records or report.figures.get("rows")
    if rows and report.seconds:
        shown["rows per second"] = round(float(rows) / report.seconds, 1)
    return shown | _columns(column_notes(work, report.stage) if report.figures else ())


def _place(report: StageReport) -> Metadata:
    """How many rows the partition has, and where they are."""
    place: Metadata = {}
    rows = report.figures.get("rows", report.figures.get("lines"))
    if rows is not None:
        # The first line of a result is its header.
        place["dagster/row_count"] = int(rows) - ("rows" not in report.figures)
    if report.stage in ("landed_files", "staged_patients", "matched_patients"):
        kept = report.work.settings.keep_staging
        label = "staging file" if kept else "staging file, until the result is written"
        place[label] = dg.MetadataValue.path(str(report.work.staging_path))
    if report.stage == "landed_files":
        place["dagster/uri"] = report.work.archived.path.as_uri()
    folder = report.figures.get("folder")
    if folder is not None:
        place["dagster/uri"] = f"file://{folder}"
    return place


def as_metadata(figure: float | str) -> dg.MetadataValue | float | int | str:
    """Tables as Markdown, files as paths that can be copied, all else unchanged."""
    if isinstance(figure, str) and figure.startswith("|"):
        return dg.MetadataValue.md(figure)
    if isinstance(figure, str) and figure.startswith("/"):
        return dg.MetadataValue.path(figure)
    return figure


def _columns(notes: tuple[ColumnNote, ...]) -> dict[str, dg.MetadataValue]:
    """Column schema and column lineage, as Dagster's catalogue shows them."""
    if not notes:
        return {}
    schema = dg.TableSchema(
        [
            dg.TableColumn(note.name, note.type, with_origin(note.description, note.sources))
            for note in notes
        ]
    )
    lineage = {
        note.name: [dg.TableColumnDep(dg.AssetKey(asset), name) for asset, name in note.sources]
        for note in notes
        if note.sources
    }
    return {
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "dagster/column_lineage": dg.MetadataValue.column_lineage(dg.TableColumnLineage(lineage)),
    }


def _versions(
    report: StageReport, source: tuple[str, dg.EventLogRecord | None] | None
) -> dict[str, str]:
    """Tags by which Dagster knows a stale partition; it writes them itself for outputs of an op.

    Attempts count, because matching depends on the registry as it was then.
    """
    code = code_version(report.stage)
    tags = {CODE_VERSION_TAG: code}
    made_from = report.work.imported.sha256
    if source is not None:
        name, record = source
        version = record and extract_data_version_from_entry(record.event_log_entry)
        made_from = (version or NULL_DATA_VERSION).value
        key = dg.AssetKey(name)
        tags[get_input_data_version_tag(key)] = made_from
        tags[get_input_event_pointer_tag(key)] = (
            str(record.storage_id) if record else NULL_EVENT_POINTER
        )
    seed = f"{code} {made_from} {report.work.attempt.number}"
    return {**tags, DATA_VERSION_TAG: hashlib.sha256(seed.encode()).hexdigest()[:16]}
