"""The marts as assets: `dbt build`, one at a time, with what the UI shows of it."""

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
    """dbt of this very environment."""

    @cached_property
    def _cli_version(self) -> Version:
        # Otherwise asked of `dbt --version`, which asks the package index for newer ones.
        return Version(version("dbt-core"))


class Build(dg.Config):
    """How to build."""

    full_refresh: bool = Field(
        default=False,
        description="Make the incremental models anew too, from the whole ledger: after a change "
        "of their SQL, or to be sure.",
    )


def marts_of(project: DbtProject) -> dg.AssetsDefinition:
    """The assets of a project whose manifest is there."""

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
        # Unit tests look at the SQL, not at the data: pytest runs them.
        wanted = ["build", "--exclude-resource-type", "unit_test"]
        if config.full_refresh:
            wanted.append("--full-refresh")
        # A build whose process is killed is then told of as failed, and asked for again.
        context.instance.add_run_tags(context.run.run_id, process_tag(context.run.run_id))
        with rosterline.connect() as connection, only_build(connection):
            built = dbt.cli(
                wanted,
                context=context,
                # One folder for all builds: dbt's log of the last one, and what it parsed.
                target_path=rosterline.settings.marts_dir / "build",
            )
            counted = _at_rest(built.stream(), built).fetch_row_counts()
            described = _at_rest(counted, built).fetch_column_metadata()
            yield from named_as_fields(described, built.manifest)

    return marts


def _at_rest(events: Iterator[Any], built: DbtCliInvocation) -> DbtEventIterator[Any]:
    """The events once all of them are there; an error comes after those before it.

    dagster-dbt adds metadata in threads, and spins on a core of its own while it waits for the
    next event: half of what a build cost.
    """
    kept: list[Any] = []
    ended: Exception | None = None
    try:
        # One by one: `extend` would lose what came before an error.
        for event in events:
            kept.append(event)  # noqa: PERF402
    except Exception as error:  # noqa: BLE001 - raised again below
        ended = error

    def told() -> Iterator[Any]:
        yield from kept
        if ended:
            raise ended

    return DbtEventIterator(told(), built)


def dbt() -> Dbt:
    """The resource that runs dbt."""
    return Dbt(project_dir=str(DBT_DIR), profiles_dir=str(DBT_DIR), dbt_executable=str(DBT))
