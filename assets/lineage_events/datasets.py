"""The inputs and outputs of an attempt as OpenLineage datasets with facets.

The file is named by its sha256 and the result by its partition key, because a sender's file name
may contain a patient's name. Columns have the format's names and not the file's headers.
"""

from collections.abc import Iterator, Mapping

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import DatasetFacet, InputDatasetFacet
from openlineage.client.generated.column_lineage_dataset import (
    ColumnLineageDatasetFacet,
    Fields,
    InputField,
    Transformation,
)
from openlineage.client.generated.data_quality_assertions_dataset import (
    Assertion,
    DataQualityAssertionsDatasetFacet,
)
from openlineage.client.generated.data_quality_metrics_input_dataset import (
    DataQualityMetricsInputDatasetFacet,
)
from openlineage.client.generated.output_statistics_output_dataset import (
    OutputStatisticsOutputDatasetFacet,
)
from openlineage.client.generated.schema_dataset import (
    SchemaDatasetFacet,
    SchemaDatasetFacetFields,
)

from assets.column_lineage import column_notes, fields_of_file
from assets.lineage_events.ended import Ended
from schemas.canonical import PARTS, SCALARS
from schemas.contract import clauses

_SEVERITIES = {"error": "error", "warning": "warn"}
"""Our severities and OpenLineage's; `info` is left out, because it is no fault of a value."""
_TYPES = {
    **{("patient", scalar.name): scalar.type for scalar in SCALARS},
    **{(part.table, name): kind for part in PARTS for name, kind in part.attributes.items()},
}


def input_of(ended: Ended) -> InputDataset:
    """The archived file: its columns, its size, and which rules its rows satisfied."""
    work = ended.work
    facets: dict[str, DatasetFacet] = {}
    quality: dict[str, InputDatasetFacet] = {
        "dataQualityMetrics": DataQualityMetricsInputDatasetFacet(
            columnMetrics={}, rowCount=work.attempt.records, bytes=work.imported.byte_count
        )
    }
    notes = column_notes(work, "landed_files")
    if notes:
        fields = [SchemaDatasetFacetFields(n.name, n.type, n.description or None) for n in notes]
        facets["schema"] = SchemaDatasetFacet(fields=fields)
        quality["dataQualityAssertions"] = DataQualityAssertionsDatasetFacet(
            assertions=_assertions(ended, {note.name for note in notes})
        )
    return InputDataset(*file_name(ended), facets=facets, inputFacets=quality)


def outputs_of(ended: Ended) -> list[OutputDataset]:
    """The registry's tables that the file fills, unless it was a dry run, and the result file."""
    tables = [] if ended.work.imported.dry_run else list(_tables(ended))
    return [*tables, *_result(ended)]


def file_name(ended: Ended) -> tuple[str, str]:
    """Namespace and name of the archived file; the same bytes sent twice are one dataset.

    A member of an archive is one of its own, `archive/<sha256>/2/0`.
    """
    imported = ended.work.imported
    name = "/".join(("archive", imported.sha256, *([imported.member] if imported.member else [])))
    return ended.work.settings.openlineage_namespace, name


def _tables(ended: Ended) -> Iterator[OutputDataset]:
    """Each table with its columns, and for each column the columns of the file that fill it."""
    by_table: dict[str, dict[str, tuple[str, ...]]] = {}
    for note in fields_of_file(ended.work):
        field, _, attribute = note.name.partition(".")
        table, column = (f"patient_{field}", attribute) if attribute else ("patient", field)
        by_table.setdefault(table, {})[column] = tuple(label for _, label in note.sources)
    namespace, database = ended.database
    for table, columns in by_table.items():
        fields = [SchemaDatasetFacetFields(name, _TYPES[table, name]) for name in columns]
        facets: dict[str, DatasetFacet] = {
            "schema": SchemaDatasetFacet(fields=fields),
            "columnLineage": _column_lineage(ended, columns),
        }
        yield OutputDataset(namespace, f"{database}.public.{table}", facets=facets)


def _column_lineage(
    ended: Ended, columns: Mapping[str, tuple[str, ...]]
) -> ColumnLineageDatasetFacet:
    def source(label: str) -> InputField:
        return InputField(
            *file_name(ended), label, [Transformation("DIRECT", "TRANSFORMATION", masking=False)]
        )

    return ColumnLineageDatasetFacet(
        fields={name: Fields([source(each) for each in labels]) for name, labels in columns.items()}
    )


def _result(ended: Ended) -> Iterator[OutputDataset]:
    if ended.result is None:
        return
    work = ended.work
    yield OutputDataset(
        work.settings.openlineage_namespace,
        f"results/{work.imported.partition_key}/attempt-{work.attempt.number}",
        outputFacets={
            "outputStatistics": OutputStatisticsOutputDatasetFacet(
                rowCount=work.attempt.records or 1, size=ended.result.byte_count, fileCount=1
            )
        },
    )


def _assertions(ended: Ended, present: set[str]) -> list[Assertion]:
    """An assertion for each rule of the format on the file's columns, and for each other issue."""
    labels = {column.slot: column.label for column in ended.work.file_format.columns}
    circumstances = ended.work.circumstances
    judged: dict[tuple[str, str | None], tuple[str, int]] = {}
    for clause in clauses(ended.work.file_format, circumstances):
        column = labels.get(clause.slot)
        is_judged = clause.severity in _SEVERITIES and clause.rule.test(circumstances) is not None
        if is_judged and (column is None or column in present):
            judged[clause.rule.code, column] = (_SEVERITIES[clause.severity], 0)
    for issue in ended.issues:
        if issue.severity in _SEVERITIES:
            key = (issue.code, labels.get(issue.slot or ""))
            before = judged.get(key, ("", 0))[1]
            judged[key] = (_SEVERITIES[issue.severity], before + issue.count)
    return [
        Assertion(code, not count, column, severity, expected="0", actual=str(count))
        for (code, column), (severity, count) in judged.items()
    ]
