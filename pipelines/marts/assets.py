"""The marts as assets: `dbt build`, one build at a time, with metadata for the UI."""

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.core.dbt_event_iterator import DbtEventIterator
from packaging.version import Version
from pydantic import Field

from assets.partitions import process_tag
from assets.resources import RosterlineResource
from pipelines.marts.column_lineage import named_as_fields
from pipelines.marts.project import DBT, DBT_DIR
from pipelines.marts.translator import OWNERS, MartsTranslator
from registry.marts.build_lock import only_build

ACCOUNTS = dg.AssetSpec(
    "accounts",
    group_name="registry",
    owners=list(OWNERS),
    kinds={"postgres"},
    description="The customers and how their files are read; `rosterline account` writes them.",
)


class Dbt(DbtCliResource):
    """dbt as installed in this environment."""

    @cached_property
    def _cli_version(self) -> Version:
        # dagster-dbt calls `dbt --version`, which asks the package index for newer versions.
        return Version(version("dbt-core"))


class Build(dg.Config):
    """How to build."""

    full_refresh: bool = Field(
        default=False,
        description="Build the incremental models anew from the whole ledger, for example after a "
        "change of their SQL.",
    )


def marts_of(project: DbtProject) -> dg.AssetsDefinition:
    """The assets of a project that has a manifest."""

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        dagster_dbt_translator=MartsTranslator(),
        name="marts",
        pool="marts",
    )
    def marts(
        context: dg.AssetExecutionContext, config: Build, dbt: Dbt, rosterline: RosterlineResource
    ) -> Iterator[Any]:
        # Unit tests check the SQL and not the data, so pytest runs them.
        wanted = ["build", "--exclude-resource-type", "unit_test"]
        if config.full_refresh:
            wanted.append("--full-refresh")
        # With this tag, a build whose process is killed is reported as failed and requested again.
        context.instance.add_run_tags(context.run.run_id, process_tag(context.run.run_id))
        with rosterline.connect() as connection, only_build(connection):
            built = dbt.cli(
                wanted,
                context=context,
                # All builds share a folder, with dbt's log of the last build and its parsed files.
                target_path=rosterline.settings.marts_dir / "build",
            )
            counted = _at_rest(built.stream(), built).fetch_row_counts()
            described = _at_rest(counted, built).fetch_column_metadata()
            yield from named_as_fields(described, built.manifest)

    return marts


def _at_rest(events: Iterator[Any], built: DbtCliInvocation) -> DbtEventIterator[Any]:
    """Collect all events before yielding the first; an error is raised after the last one.

    dagster-dbt adds metadata in threads, and keeps a core busy while it waits for the next event.
    That was half the processor time of a build.
    """
    kept: list[Any] = []
    ended: Exception | None = None
    try:
        # Not `extend`, which would lose the events before an error.
        for event in events:
            kept.append(event)  # noqa: PERF402
    except Exception as error:  # noqa: BLE001 - raised again below
        ended = error

    def replayed() -> Iterator[Any]:
        yield from kept
        if ended:
            raise ended

    return DbtEventIterator(replayed(), built)


def dbt() -> Dbt:
    """The resource that runs dbt."""
    return Dbt(project_dir=str(DBT_DIR), profiles_dir=str(DBT_DIR), dbt_executable=str(DBT))
