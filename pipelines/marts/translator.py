"""Assets of dbt's resources: keys, groups, owners, kinds, freshness."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from assets.partitions import FRESHNESS

OWNERS = ("team:data-engineering",)
DOCS = dg.MetadataValue.path("docs/tasks/read-a-night.md")

SCHEMA = "dagster/column_schema"

Props = Mapping[str, Any]


class MartsTranslator(DagsterDbtTranslator):
    """Sources become assets of the import pipeline, so that both form one graph."""

    def __init__(self) -> None:
        # Several tables are one asset: `patients` is written in one transaction.
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_duplicate_source_asset_keys=True, enable_source_metadata=False
            )
        )

    def get_asset_key(self, dbt_resource_props: Props) -> dg.AssetKey:
        """A model has its name in PostgreSQL; a source names its asset."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(dbt_resource_props["meta"]["asset"])
        return dg.AssetKey(dbt_resource_props["name"])

    def get_description(self, dbt_resource_props: Props) -> str:
        """The description in dbt's files, without the SQL that dagster-dbt would add."""
        return str(dbt_resource_props["description"])

    def get_group_name(self, dbt_resource_props: Props) -> str:
        """The schema: `marts`, `marts_patients`, and the staging of each."""
        return str(dbt_resource_props["schema"])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Add what dbt does not know: owners, kinds, docs and freshness."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if props["resource_type"] == "source":
            return spec
        is_view = props["config"]["materialized"] == "view"
        return spec.replace_attributes(
            owners=OWNERS,
            kinds={"dbt", "postgres", "view" if is_view else "table"},
            metadata={**spec.metadata, "docs": DOCS, SCHEMA: _undescribed(spec)},
            # Marts are built only after imports, so their age is that of the newest import.
            freshness_policy=None if is_view else FRESHNESS,
        )


def _undescribed(spec: dg.AssetSpec) -> dg.TableSchema:
    """The columns by name and type, to show before the first build.

    A description given here would hide that of the build, which also names a column's origin.
    """
    return dg.TableSchema(
        [dg.TableColumn(each.name, each.type) for each in spec.metadata[SCHEMA].columns]
    )
