"""Column lineage of the marts, with the registry's columns named as in the asset `patients`.

dbt knows tables: the city is column `city` of `patient_address`. The asset `patients` combines all
of the patient's tables and names the column `address.city`. Dagster connects a mart's column with
the sender's column only if both use the same name.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from assets.column_lineage import with_origin
from pipelines.marts.translator import SCHEMA
from schemas.canonical import PARTS

_LINEAGE = "dagster/column_lineage"

_PATIENTS = dg.AssetKey("patients")
_PARTS = {part.table: part for part in PARTS}


def named_as_fields(events: Iterable[Any], manifest: Mapping[str, Any]) -> Iterator[Any]:
    """Rename columns of a part's table to fields of the patient, in the events of a build.

    A column that occurs in two tables of a model becomes a field of both. The descriptions of the
    columns name the same origins.

    Example: `patients.city` of a model that reads `patient_address` → `patients.address.city`.
    """
    for event in events:
        if not event.metadata or SCHEMA not in event.metadata:
            yield event
            continue
        stated = event.metadata.get(_LINEAGE)
        model = manifest["nodes"][event.metadata["unique_id"].value]
        fields = _fields_by_column(model)
        lineage = {
            column: [field for dep in deps for field in _named(dep, fields)]
            for column, deps in (stated.lineage.deps_by_column if stated else {}).items()
        }
        described = _described(event.metadata[SCHEMA].schema, model, lineage)
        yield event.with_metadata(
            {
                **event.metadata,
                _LINEAGE: dg.MetadataValue.column_lineage(dg.TableColumnLineage(lineage)),
                SCHEMA: dg.MetadataValue.table_schema(described),
            }
        )


def _described(
    schema: dg.TableSchema, model: Mapping[str, Any], lineage: Mapping[str, list[dg.TableColumnDep]]
) -> dg.TableSchema:
    """The columns with their descriptions in dbt's files and their origins."""
    said = {name: column["description"] for name, column in model["columns"].items()}
    origins = {
        column: [(dep.asset_key.to_user_string(), dep.column_name) for dep in deps]
        for column, deps in lineage.items()
    }
    return dg.TableSchema(
        [
            dg.TableColumn(
                each.name,
                each.type,
                with_origin(said.get(each.name, ""), origins.get(each.name, [])),
            )
            for each in schema.columns
        ]
    )


def _fields_by_column(model: Mapping[str, Any]) -> dict[str, list[str]]:
    """Fields by column, for the parts' tables that a model reads directly."""
    fields: dict[str, list[str]] = {}
    for source in model["depends_on"].get("nodes", ()):  # a seed has none
        if part := _PARTS.get(source.rpartition(".")[2]):
            for attribute in part.attributes:
                fields.setdefault(attribute, []).append(f"{part.name}.{attribute}")
    return fields


def _named(dep: dg.TableColumnDep, fields: Mapping[str, list[str]]) -> Iterator[dg.TableColumnDep]:
    if dep.asset_key != _PATIENTS:
        yield dep
        return
    for name in fields.get(dep.column_name, [dep.column_name]):
        yield dg.TableColumnDep(dep.asset_key, name)
