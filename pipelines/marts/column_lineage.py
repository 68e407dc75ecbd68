"""Columns of the marts for Dagster: declared types, descriptions, and where each comes from.

dbt knows tables: the city is column `city` of `patient_address`. The asset `patients` combines all
of the patient's tables and names the column `address.city`. Dagster connects a mart's column with
the sender's column only if both use the same name.

Finding out where columns come from takes longer than a build of few changes, and the answer only
changes with the SQL. So it is kept in a file that is named for the digest of dbt's files.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation
from dagster_dbt.core.dbt_event_iterator import DbtEventIterator

from assets.column_lineage import with_origin
from pipelines.marts.translator import SCHEMA
from schemas.canonical import PARTS

LINEAGE = "dagster/column_lineage"

_PATIENTS = dg.AssetKey("patients")
_PARTS = {part.table: part for part in PARTS}

Origins = dict[str, list[tuple[str, str]]]
"""Columns of a model, each with the columns (asset, column) that it comes from."""


class KeptLineage:
    """The origins of each model's columns, in a file of these models only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_kept = True

    @cached_property
    def _origins(self) -> dict[str, Origins]:
        try:
            kept: dict[str, Origins] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        return kept

    def of(self, event: Any, built: DbtCliInvocation) -> Origins:  # noqa: ANN401 - dagster-dbt's
        """The origins of the model that an event is about; found out if they are not known."""
        unique_id = event.metadata["unique_id"].value
        if unique_id not in self._origins:
            found = _found_out(event, built)
            if not found:  # a seed has none; a model whose SQL was not understood is tried again
                return {}
            self._origins[unique_id] = found
            self._is_kept = False
        return self._origins[unique_id]

    def keep(self) -> None:
        """Write what was found out, and remove the files of other states of dbt's project."""
        if self._is_kept:
            return
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(self._origins))
        for older in self._path.parent.glob("lineage-*.json"):
            older.unlink()
        draft.rename(self._path)


def with_columns(
    events: Iterable[Any], built: DbtCliInvocation, lineage: KeptLineage
) -> Iterator[Any]:
    """The events of a build; those of models with the columns and their origins."""
    try:
        for event in events:
            is_model = isinstance(event, dg.Output | dg.AssetMaterialization)
            yield _with_columns(event, built, lineage) if is_model else event
    finally:
        lineage.keep()


def _with_columns(event: Any, built: DbtCliInvocation, lineage: KeptLineage) -> Any:  # noqa: ANN401 - dagster-dbt's
    model = built.manifest["nodes"][event.metadata["unique_id"].value]
    origins = lineage.of(event, built)
    return event.with_metadata(
        {
            **event.metadata,
            LINEAGE: dg.MetadataValue.column_lineage(_as_lineage(origins)),
            SCHEMA: dg.MetadataValue.table_schema(described_columns(model, origins)),
        }
    )


def described_columns(model: Mapping[str, Any], origins: Origins) -> dg.TableSchema:
    """The columns as dbt's files declare them; each description ends with the column's origins."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name, column["data_type"], with_origin(column["description"], origins.get(name, []))
            )
            for name, column in model["columns"].items()
        ]
    )


def _as_lineage(origins: Origins) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(asset), name) for asset, name in found]
            for column, found in origins.items()
        }
    )


def _found_out(event: Any, built: DbtCliInvocation) -> Origins:  # noqa: ANN401 - dagster-dbt's
    """Let dagster-dbt follow the columns through the model's SQL.

    Example: `patients.city` of a model that reads `patient_address` → `patients.address.city`.
    """
    (described,) = DbtEventIterator(iter([event]), built).fetch_column_metadata()
    stated = described.metadata.get(LINEAGE)
    if not isinstance(stated, dg.TableColumnLineageMetadataValue):
        return {}
    fields = _fields_by_column(built.manifest["nodes"][event.metadata["unique_id"].value])
    return {
        column: sorted({named for dep in deps for named in _named(dep, fields)})
        for column, deps in stated.lineage.deps_by_column.items()
    }


def _fields_by_column(model: Mapping[str, Any]) -> dict[str, list[str]]:
    """Fields by column, for the parts' tables that a model reads directly.

    A column that occurs in two tables of a model becomes a field of both.
    """
    fields: dict[str, list[str]] = {}
    for source in model["depends_on"].get("nodes", ()):
        if part := _PARTS.get(source.rpartition(".")[2]):
            for attribute in part.attributes:
                fields.setdefault(attribute, []).append(f"{part.name}.{attribute}")
    return fields


def _named(dep: dg.TableColumnDep, fields: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    asset = dep.asset_key.to_user_string()
    if dep.asset_key != _PATIENTS:
        yield asset, dep.column_name
        return
    for name in fields.get(dep.column_name, [dep.column_name]):
        yield asset, name
